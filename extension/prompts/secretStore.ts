import type * as vscode from "vscode";

/**
 * Passwords by account: in memory for as long as the window lives, and in the editor's
 * SecretStorage when the operator opted in. Where that fails (a machine without a
 * keyring) memory has to do, and the operator is told once.
 */
export class SecretStore {
  readonly #memory = new Map<string, string>();
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

  async remember(key: string, secret: string): Promise<void> {
    this.#memory.set(key, secret);
    if (this.#mayStore()) await this.#try(() => this.#secrets.store(key, secret));
  }

  async forget(key: string): Promise<void> {
    this.#memory.delete(key);
    await this.#try(() => this.#secrets.delete(key));
  }

  async #try<T>(act: () => Thenable<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch {
      if (!this.#hasTold) this.#onUnavailable();
      this.#hasTold = true;
      return undefined;
    }
  }
}
