import type { SecretStorage } from "vscode";

const onDidChange: SecretStorage["onDidChange"] = () => ({ dispose: () => undefined });

/** The editor's secret storage over a map that a test can look into. */
export class MemorySecrets implements SecretStorage {
  readonly values = new Map<string, string>();
  readonly onDidChange = onDidChange;

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.values.get(key));
  }

  store(key: string, value: string): Promise<void> {
    this.values.set(key, value);
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.values.delete(key);
    return Promise.resolve();
  }

  keys(): Promise<string[]> {
    return Promise.resolve([...this.values.keys()]);
  }
}

/** A machine without a keyring: some calls throw at once, others reject. */
export class ThrowingSecrets implements SecretStorage {
  readonly onDidChange = onDidChange;

  get(): Promise<string | undefined> {
    throw new Error("no keyring");
  }

  store(): Promise<void> {
    return Promise.reject(new Error("no keyring"));
  }

  delete(): Promise<void> {
    return Promise.reject(new Error("no keyring"));
  }

  keys(): Promise<string[]> {
    return Promise.reject(new Error("no keyring"));
  }
}
