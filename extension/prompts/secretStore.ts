import type * as vscode from "vscode";

/**
 * Passwords by account: in memory for as long as the window lives, and in the editor's
 * SecretStorage when the operator opted in. Where that fails (a machine without a
 * keyring) memory has to do, and the operator is told once.
 */
export class SecretStore {
  readonly #memory = new Map<string, string>();
  /** Which secrets were given for which host of the list: a login may need several. */
  readonly #byHost = new Map<string, Set<string>>();
  readonly #secrets: vscode.SecretStorage;
  readonly #mayStore: () => boolean;
  readonly #onUnavailable: () => void;
  #hasTold = false;

  constructor(secrets: vscode.SecretStorage, mayStore: () => boolean, onUnavailable: () => void) {
    this.#secrets = secrets;
    this.#mayStore = mayStore;
    this.#onUnavailable = onUnavailable;
  }

  async get(key: string): Promise<Buffer | undefined> {
    const known =
      this.#memory.get(key) ?? (this.#mayStore() ? await this.#try(() => this.#secrets.get(key)) : undefined);
    return known === undefined ? undefined : Buffer.from(known, "utf8");
  }

  /** Keeps a secret that was accepted, as one of those of a host on the list. */
  async remember(key: string, secret: string, host: string): Promise<void> {
    this.#memory.set(key, secret);
    const keys = (this.#byHost.get(host) ?? new Set<string>()).add(key);
    this.#byHost.set(host, keys);
    if (!this.#mayStore()) return;
    // The list first: a secret that no list names could not be found again to be forgotten.
    const all = new Set([...(await this.#storedKeys(host)), ...keys]);
    await this.#try(() => this.#secrets.store(listKey(host), JSON.stringify([...all])));
    await this.#try(() => this.#secrets.store(key, secret));
  }

  async forget(key: string): Promise<void> {
    this.#memory.delete(key);
    await this.#try(() => this.#secrets.delete(key));
  }

  /** Forgets everything that was remembered for a host of the list. */
  async forgetHost(host: string): Promise<void> {
    const keys = new Set([...(this.#byHost.get(host) ?? []), ...(await this.#storedKeys(host))]);
    this.#byHost.delete(host);
    for (const key of keys) await this.forget(key);
    await this.#try(() => this.#secrets.delete(listKey(host)));
  }

  async #storedKeys(host: string): Promise<readonly string[]> {
    const text = await this.#try(() => this.#secrets.get(listKey(host)));
    if (text === undefined) return [];
    try {
      const keys: unknown = JSON.parse(text);
      return Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : [];
    } catch {
      return [];
    }
  }

  /** Only who asked for storing is told that it does not work. */
  async #try<T>(act: () => Thenable<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch {
      if (!this.#hasTold && this.#mayStore()) {
        this.#hasTold = true;
        this.#onUnavailable();
      }
      return undefined;
    }
  }
}

function listKey(host: string): string {
  return `list:${host}`;
}
