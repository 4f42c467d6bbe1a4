import type { Readable, Writable } from "node:stream";

/** Where commands run: this machine, or a host at the end of a verified SSH connection. */
export interface Shell {
  /**
   * Starts one command line in the login shell of the account.
   * @throws OpsError `connectionLost`, `hostUnreachable`
   */
  exec(command: string): Promise<ExecChannel>;
}

/** A running command. Whoever starts it drains both outputs: an unread one stalls the other. */
export interface ExecChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the command has ended and its outputs are closed; never rejects. */
  readonly exited: Promise<ExitStatus>;
  /** Closes the channel; a remote command must end by itself on end of input. */
  close(): void;
}

export interface ExitStatus {
  readonly code?: number;
  readonly signal?: string;
}
