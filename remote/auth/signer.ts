import type { IdentityCallback, ParsedKey, SignCallback, SigningRequestOptions } from "ssh2";
import { BaseAgent } from "ssh2";

export type SignHash = SigningRequestOptions["hash"];

/**
 * An agent that holds one key. ssh2 offers a key of an agent by its public half first and
 * asks for a signature only when the server would accept it, so a passphrase is asked for
 * only where it is needed. With several keys in one agent ssh2 would hide a partial
 * success (it goes on to the next key), hence one agent per key.
 */
export class OneKeyAgent extends BaseAgent<ParsedKey> {
  readonly #key: ParsedKey;
  readonly #sign: (data: Buffer, hash: SignHash) => Promise<Buffer>;

  constructor(key: ParsedKey, sign: (data: Buffer, hash: SignHash) => Promise<Buffer>) {
    super();
    this.#key = key;
    this.#sign = sign;
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(null, [this.#key]);
  }

  override sign(
    _key: ParsedKey,
    data: Buffer,
    optionsOrCallback: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const options = typeof optionsOrCallback === "function" ? {} : optionsOrCallback;
    const done = typeof optionsOrCallback === "function" ? optionsOrCallback : callback;
    this.#sign(data, options.hash).then(
      (signature) => done?.(null, signature),
      (error: unknown) => done?.(error instanceof Error ? error : new Error("The key could not sign.")),
    );
  }
}
