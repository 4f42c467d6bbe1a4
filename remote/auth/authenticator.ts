import type { AnyAuthMethod, AuthHandlerMiddleware, ParsedKey, Prompt } from "ssh2";
import { OpsError } from "#core/opsError";
import { showText } from "#core/text/showBytes";
import type { AuthMethodName, ResolvedHop } from "../config/resolvedHost.ts";
import { AgentConnection } from "./agentConnection.ts";
import type { Account, AuthPrompts } from "./authPrompts.ts";
import type { KeyCandidate } from "./keyCandidates.ts";
import { keyCandidates } from "./keyCandidates.ts";
import { openPrivateKey } from "./keyFile.ts";
import { mayAnswerFromStore, serverQuestion } from "./keyboardInteractive.ts";
import type { SignHash } from "./signer.ts";
import { OneKeyAgent } from "./signer.ts";

const mostTries = 3;

export interface AuthenticatorOptions {
  readonly hop: ResolvedHop;
  readonly prompts: AuthPrompts;
  readonly signal: AbortSignal;
  /** RSA keys may sign with SHA-1 for a server that knows nothing better. */
  readonly allowLegacyAlgorithms: boolean;
  /** Runs a question to the operator; the connection's own time limits stand still meanwhile. */
  readonly whileAsking: <T>(question: () => Promise<T>) => Promise<T>;
  /** Called once when the attempt must end: the operator cancelled, or a question failed. */
  readonly onGiveUp: (error: OpsError) => void;
}

/**
 * Proves to one server who the operator is, in the order of ssh_config: keys, then the
 * server's own questions, then the password. One object per connection attempt.
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #account: Account;
  #candidates: KeyCandidate[] | undefined;
  #notes: readonly string[] = [];
  #offeredMethods: readonly string[] | undefined;
  #hasStarted = false;
  #hasSigned = false;
  #passwordTries = 0;
  #questionTries = 0;
  #questionsAsked = 0;
  #storedIsSpent = false;
  #pending: Buffer | undefined;
  #lastMethod: AuthMethodName | "none" | undefined;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    const { user, alias, port } = options.hop;
    this.#account = { user, host: alias, port };
  }

  /** Handed to ssh2, which calls it for each next attempt. */
  readonly handler: AuthHandlerMiddleware = (methodsLeft, _isPartial, next) => {
    this.#wipe();
    this.#chooseNext(methodsLeft).then(
      (method) => {
        // `false` ends the attempt; the declaration of ssh2 leaves it out.
        (next as (method: AnyAuthMethod | false) => void)(method ?? false);
      },
      (error: unknown) => this.#giveUp(error),
    );
  };

  /** The failure in words, for when ssh2 says that nothing worked. */
  failure(): OpsError {
    const { hop } = this.#options;
    const methods = this.#offeredMethods ?? [];
    const isImpossible =
      methods.length > 0 && !methods.some((method) => hop.authMethods.includes(method as AuthMethodName));
    const accepts = methods.length === 0 ? "" : ` It accepts: ${showText(methods.join(", "), 200)}.`;
    return new OpsError(
      "authFailed",
      isImpossible
        ? `${hop.alias} offers no way to log in that is supported here.${accepts}`
        : `${hop.alias} did not accept ${hop.user}.${accepts}${this.#notes.map((note) => ` ${note}`).join("")}`,
      {
        nextStep: isImpossible
          ? "Certificates, security keys and Kerberos need the system's ssh; allow a key or a password for this account."
          : "Check the user name, the key named by IdentityFile, and that the key is in the account's authorized_keys.",
        data: { user: hop.user, methods: methods.join(",") },
      },
    );
  }

  /** Wipes what is left of a password. */
  dispose(): void {
    this.#wipe();
  }

  async #chooseNext(methodsLeft: readonly string[] | null): Promise<AnyAuthMethod | undefined> {
    const { hop } = this.#options;
    const username = hop.user;
    if (!this.#hasStarted) {
      // The answer to "none" lists what the server accepts, and costs no attempt.
      this.#hasStarted = true;
      this.#lastMethod = "none";
      return { type: "none", username };
    }
    // ssh2 tells nothing new after a key of an agent: not even that the server was
    // satisfied with it and now wants a second factor. A signature that was asked for and
    // did not log us in means just that, so the next methods are tried whatever the old list said.
    const isStale = this.#hasSigned && this.#lastMethod === "publickey";
    if (methodsLeft !== null) this.#offeredMethods = methodsLeft;
    const isOpen = (method: AuthMethodName): boolean => isStale || methodsLeft === null || methodsLeft.includes(method);
    for (const method of hop.authMethods) {
      if (!isOpen(method)) continue;
      const attempt = await this.#attempt(method, username);
      if (attempt === undefined) continue;
      this.#lastMethod = method;
      return attempt;
    }
    return undefined;
  }

  async #attempt(method: AuthMethodName, username: string): Promise<AnyAuthMethod | undefined> {
    switch (method) {
      case "publickey":
        return this.#nextKey(username);
      case "keyboard-interactive":
        return this.#nextQuestions(username);
      case "password":
        return this.#nextPassword(username);
      default:
        return method satisfies never;
    }
  }

  async #nextKey(username: string): Promise<AnyAuthMethod | undefined> {
    if (this.#hasSigned) return undefined;
    if (this.#candidates === undefined) {
      const { identityAgent } = this.#options.hop;
      const agent = identityAgent === undefined ? undefined : new AgentConnection(identityAgent);
      const found = await keyCandidates(this.#options.hop, agent);
      this.#candidates = [...found.candidates];
      this.#notes = [...this.#options.hop.notes, ...found.notes];
    }
    for (;;) {
      const candidate = this.#candidates.shift();
      if (candidate === undefined) return undefined;
      let opened: ParsedKey | undefined;
      if (candidate.publicKey === undefined) {
        opened = await this.#unlock(candidate);
        if (opened === undefined) continue;
      }
      const publicKey = candidate.publicKey ?? opened;
      if (publicKey === undefined) continue;
      const agent = new OneKeyAgent(publicKey, async (data, hash) => this.#sign(candidate, opened, data, hash));
      return { type: "agent", username, agent };
    }
  }

  async #sign(candidate: KeyCandidate, opened: ParsedKey | undefined, data: Buffer, hash: SignHash): Promise<Buffer> {
    const isRsa = (candidate.publicKey ?? opened)?.type === "ssh-rsa";
    if (isRsa && (hash === undefined || hash === "sha1") && !this.#options.allowLegacyAlgorithms) {
      this.#notes = [...this.#notes, "The server wants RSA signatures with SHA-1, which are refused."];
      throw new Error("RSA with SHA-1 is refused.");
    }
    try {
      if (candidate.from.kind === "agent") {
        const { agent } = candidate.from;
        const { publicKey } = candidate;
        if (publicKey === undefined) throw new Error("A key of the agent has no public half.");
        const signature = await this.#options.whileAsking(async () => agent.sign(publicKey, data, hash));
        this.#hasSigned = true;
        return signature;
      }
      const key = opened ?? (await this.#unlock(candidate));
      if (key === undefined) throw new Error("The key was passed over.");
      this.#hasSigned = true;
      return signWith(key, data, hash);
    } catch (error) {
      if (OpsError.is(error)) this.#giveUp(error);
      throw error;
    }
  }

  /** The private key of a file; undefined when the operator passes over it or the passphrase stays wrong. */
  async #unlock(candidate: KeyCandidate): Promise<ParsedKey | undefined> {
    const { from } = candidate;
    if (from.kind !== "file") return undefined;
    if (!from.isEncrypted) return openPrivateKey(from.path, undefined);
    for (let attempt = 1; attempt <= mostTries; attempt += 1) {
      const question = { ...this.#account, keyPath: from.path, attempt };
      const passphrase = await this.#ask(async () =>
        this.#options.prompts.askPassphrase(question, this.#options.signal),
      );
      if (passphrase.length === 0) return undefined;
      try {
        const key = await openPrivateKey(from.path, passphrase);
        if (key !== undefined) return key;
      } finally {
        passphrase.fill(0);
      }
    }
    this.#notes = [...this.#notes, `The passphrase of ${showText(from.path)} was wrong ${mostTries} times.`];
    return undefined;
  }

  async #nextPassword(username: string): Promise<AnyAuthMethod | undefined> {
    const stored = await this.#takeStored();
    if (stored !== undefined) return this.#password(username, stored);
    if (this.#passwordTries >= mostTries) return undefined;
    this.#passwordTries += 1;
    const question = { ...this.#account, attempt: this.#passwordTries };
    return this.#password(
      username,
      await this.#ask(async () => this.#options.prompts.askPassword(question, this.#options.signal)),
    );
  }

  #password(username: string, password: Buffer): AnyAuthMethod {
    this.#pending = password;
    // ssh2 copies a Buffer into its packet; the declaration knows only strings, which could not be wiped.
    return { type: "password", username, password: password as unknown as string };
  }

  #nextQuestions(username: string): AnyAuthMethod | undefined {
    // A server that refuses the method without asking anything would refuse it again.
    if (this.#questionTries > 0 && this.#questionsAsked === 0) return undefined;
    if (this.#questionTries >= mostTries) return undefined;
    this.#questionTries += 1;
    return {
      type: "keyboard-interactive",
      username,
      prompt: (name, instruction, _language, prompts, finish) => {
        this.#answer(name, instruction, prompts).then(finish, (error: unknown) => this.#giveUp(error));
      },
    };
  }

  async #answer(name: string, instruction: string, prompts: readonly Prompt[]): Promise<string[]> {
    this.#questionsAsked += 1;
    if (mayAnswerFromStore(this.#questionsAsked, prompts)) {
      const stored = await this.#takeStored();
      if (stored !== undefined) {
        // ssh2 takes answers as strings only: this copy cannot be wiped, the buffer can.
        const answer = stored.toString("utf8");
        stored.fill(0);
        return [answer];
      }
    }
    const question = serverQuestion(this.#account, name, instruction, prompts);
    const answers = await this.#ask(async () =>
      this.#options.prompts.askKeyboardInteractive(question, this.#options.signal),
    );
    // The server counts the answers; a missing one is an empty one.
    return prompts.map((_prompt, index) => answers[index] ?? "");
  }

  async #takeStored(): Promise<Buffer | undefined> {
    if (this.#storedIsSpent) return undefined;
    this.#storedIsSpent = true;
    return this.#options.whileAsking(async () => this.#options.prompts.storedPassword?.(this.#account));
  }

  async #ask<T>(question: () => Promise<T | undefined>): Promise<T> {
    const answer = await this.#options.whileAsking(question);
    if (answer === undefined || this.#options.signal.aborted)
      throw new OpsError("cancelled", `Logging in to ${this.#account.host} was cancelled.`);
    return answer;
  }

  #giveUp(error: unknown): void {
    this.#wipe();
    const { host } = this.#account;
    this.#options.onGiveUp(
      OpsError.is(error)
        ? error
        : new OpsError("authFailed", `Logging in to ${host} failed before the server could decide.`, { cause: error }),
    );
  }

  #wipe(): void {
    this.#pending?.fill(0);
    this.#pending = undefined;
  }
}

function signWith(key: ParsedKey, data: Buffer, hash: SignHash): Buffer {
  const signature: Buffer | Error = key.sign(data, hash);
  if (signature instanceof Error) throw signature;
  return signature;
}
