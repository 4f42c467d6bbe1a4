import { OpsError, type OpsErrorKind } from "#core/opsError";
import type { SecretStore } from "./secretStore.ts";

/** Failures that come after a login was accepted: they say nothing against its password. */
const afterLogin: readonly OpsErrorKind[] = [
  "privilegeFailed",
  "stagingFailed",
  "helperMissing",
  "protocolMismatch",
  "protocolViolation",
  "permissionDenied",
  "noSpace",
  "readOnly",
  "stateDamaged",
];

/**
 * The secrets of one connection attempt. What was typed is remembered only once the host
 * has accepted it, and what was remembered is forgotten as soon as it may have been
 * refused: a wrong password that is sent again by itself locks an account.
 */
export class AttemptSecrets {
  readonly #store: SecretStore;
  readonly #host: string;
  readonly #typed = new Map<string, string>();
  readonly #used = new Set<string>();

  constructor(store: SecretStore, host: string) {
    this.#store = store;
    this.#host = host;
  }

  /** A remembered secret, which from now on is on trial. */
  async known(key: string): Promise<Buffer | undefined> {
    const secret = await this.#store.get(key);
    if (secret !== undefined) this.#used.add(key);
    return secret;
  }

  typed(key: string, secret: string): void {
    this.#typed.set(key, secret);
  }

  /** It did not work: it is not sent again, neither now nor at the next attempt. */
  async refused(key: string): Promise<void> {
    this.#typed.delete(key);
    if (this.#used.delete(key)) await this.#store.forget(key);
  }

  /** The attempt went on past these, so the host took them. */
  async accepted(isMeant: (key: string) => boolean = () => true): Promise<void> {
    for (const [key, secret] of this.#typed) {
      if (!isMeant(key)) continue;
      this.#typed.delete(key);
      await this.#store.remember(key, secret, this.#host);
    }
    for (const key of this.#used) if (isMeant(key)) this.#used.delete(key);
  }

  /** The attempt ended without a session. */
  async failed(error: unknown): Promise<void> {
    if (OpsError.is(error, ...afterLogin)) await this.accepted((key) => !key.startsWith("sudo:"));
    this.#typed.clear();
    // A passphrase was tried here and not on the host; a wrong one is replaced when it is asked for again.
    for (const key of this.#used) if (!key.startsWith("key:")) await this.refused(key);
  }
}
