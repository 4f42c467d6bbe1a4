import { connect } from "node:net";
import type { ParsedKey } from "ssh2";
import { OpenSSHAgent, utils } from "ssh2";
import { isUsableKeyType } from "./usableKeyType.ts";

/** How long an agent may take to list its keys. Signing has no limit: it may ask its own user. */
const listingTimeoutMs = 5000;
const longestAnswer = 1 << 20;
const requestIdentities = 11;
const identitiesAnswer = 12;

export interface AgentKeys {
  /** In the agent's order. */
  readonly keys: readonly ParsedKey[];
  /** Types of the keys that ssh2 cannot use: certificates and security keys. */
  readonly unusableTypes: readonly string[];
}

/** An OpenSSH agent behind a socket or a named pipe. */
export class AgentConnection {
  readonly #socketPath: string;
  readonly #agent: OpenSSHAgent;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
    this.#agent = new OpenSSHAgent(socketPath);
  }

  /**
   * What the agent holds; undefined when there is no answer. Asked for here and not
   * through ssh2, which passes over certificates and security keys without a word.
   */
  async list(): Promise<AgentKeys | undefined> {
    const answer = await this.#ask(Buffer.from([0, 0, 0, 1, requestIdentities]));
    return answer === undefined ? undefined : readIdentities(answer);
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

  async #ask(request: Buffer): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const socket = connect(this.#socketPath);
      const timer = setTimeout(() => settle(undefined), listingTimeoutMs);
      let received: Buffer = Buffer.alloc(0);
      const settle = (answer: Buffer | undefined): void => {
        clearTimeout(timer);
        socket.destroy();
        resolve(answer);
      };
      socket.on("error", () => settle(undefined));
      socket.on("close", () => settle(undefined));
      socket.on("connect", () => socket.write(request));
      socket.on("data", (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        if (received.length < 4) return;
        const length = received.readUInt32BE(0);
        if (length > longestAnswer) settle(undefined);
        else if (received.length >= 4 + length) settle(received.subarray(4, 4 + length));
      });
    });
  }
}

/** SSH_AGENT_IDENTITIES_ANSWER of the agent protocol: a count, then pairs of key blob and comment. */
function readIdentities(answer: Buffer): AgentKeys | undefined {
  if (answer.length < 5 || answer[0] !== identitiesAnswer) return undefined;
  const keys: ParsedKey[] = [];
  const unusableTypes: string[] = [];
  let offset = 5;
  for (let left = answer.readUInt32BE(1); left > 0; left -= 1) {
    const blob = readString(answer, offset);
    const comment = blob === undefined ? undefined : readString(answer, offset + 4 + blob.length);
    if (blob === undefined || comment === undefined) return undefined;
    offset += 8 + blob.length + comment.length;
    const type = readString(blob, 0)?.toString("latin1") ?? "";
    const parsed: ParsedKey | readonly ParsedKey[] | Error = utils.parseKey(`${type} ${blob.toString("base64")}`);
    if (parsed instanceof Error || "length" in parsed || !isUsableKeyType(type)) {
      unusableTypes.push(type);
      continue;
    }
    parsed.comment = comment.toString("utf8");
    keys.push(parsed);
  }
  return { keys, unusableTypes };
}

function readString(buffer: Buffer, offset: number): Buffer | undefined {
  if (offset + 4 > buffer.length) return undefined;
  const length = buffer.readUInt32BE(offset);
  return offset + 4 + length > buffer.length ? undefined : buffer.subarray(offset + 4, offset + 4 + length);
}
