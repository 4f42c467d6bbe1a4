/**
 * How the operator is asked for secrets. Every text has been made safe to show; what
 * begins with `server` was written by the server and must be shown as such. Undefined
 * means that the operator cancelled, which ends the connection attempt. No time limit of
 * ours runs while a question is open.
 */
export interface AuthPrompts {
  /** The passphrase of a private key, in UTF-8; an empty one passes over this key. The buffer is zeroed after use. */
  askPassphrase(question: PassphraseQuestion, signal: AbortSignal): Promise<Buffer | undefined>;
  /** The password of an account, in UTF-8. The buffer is zeroed after use. */
  askPassword(question: PasswordQuestion, signal: AbortSignal): Promise<Buffer | undefined>;
  /** Answers to the server's own questions, one per prompt, in their order. */
  askKeyboardInteractive(question: ServerQuestion, signal: AbortSignal): Promise<readonly string[] | undefined>;
  /** A password that the operator chose to store for this account. The buffer is zeroed after use. */
  storedPassword?(account: Account): Promise<Buffer | undefined>;
}

export interface Account {
  readonly user: string;
  /** The host under the name the operator knows it by. */
  readonly host: string;
  readonly port: number;
}

export interface PassphraseQuestion extends Account {
  readonly keyPath: string;
  /** From 1. */
  readonly attempt: number;
}

export interface PasswordQuestion extends Account {
  /** From 1. */
  readonly attempt: number;
}

export interface ServerQuestion extends Account {
  readonly serverName: string;
  readonly serverInstruction: string;
  readonly serverPrompts: readonly {
    readonly text: string;
    /** Whether the answer may be shown while it is typed. */
    readonly isEchoed: boolean;
  }[];
}
