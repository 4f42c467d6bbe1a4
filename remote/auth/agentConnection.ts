import type { ParsedKey } from "ssh2";
import { OpenSSHAgent } from "ssh2";

/** How long an agent may take to list its keys. Signing has no limit: it may ask its own user. */
const listingTimeoutMs = 5000;

/** An OpenSSH agent behind a socket or a named pipe. */
export class AgentConnection {
  readonly #agent: OpenSSHAgent;

  constructor(socketPath: string) {
    this.#agent = new OpenSSHAgent(socketPath);
  }

  /** The agent's keys in its order; undefined when there is no answer. */
  async keys(): Promise<readonly ParsedKey[] | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), listingTimeoutMs);
      this.#agent.getIdentities((error, keys) => {
        clearTimeout(timer);
        // The declaration allows strings and buffers; an OpenSSHAgent answers with parsed keys.
        resolve(error ? undefined : ((keys ?? []) as readonly ParsedKey[]));
      });
    });
  }

  /** @throws Error when the agent refuses or is gone */
  async sign(key: ParsedKey, data: Buffer, hash: "sha1" | "sha256" | "sha512" | undefined): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#agent.sign(key, data, hash === undefined ? {} : { hash }, (error, signature) => {
        if (signature === undefined) reject(error ?? new Error("The agent gave no signature."));
        else resolve(signature);
      });
    });
  }
}
