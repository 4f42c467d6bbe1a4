import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod/mini";
import { OpsError } from "#core/opsError";
import { showText } from "#core/text/showBytes";
import { publicKeyType } from "./publicKeyBlob.ts";

export interface StoredKey {
  readonly keyType: string;
  /** Wire format. */
  readonly key: Buffer;
}

const schemaName = "countermine/trusted-host-keys@1";
const storeSchema = z.strictObject({
  schema: z.literal(schemaName),
  hosts: z.record(
    z.string(),
    z.array(
      z.strictObject({ type: z.string(), key: z.string(), addedAt: z.string(), comment: z.optional(z.string()) }),
    ),
  ),
});
type StoreDocument = z.infer<typeof storeSchema>;

/**
 * The host keys that the operator approved, in one JSON file readable by its owner only.
 * known_hosts belongs to OpenSSH and is never written; this file is consulted before it.
 * The file is read again at each call, so that two windows agree.
 */
export class TrustStore {
  readonly path: string;
  readonly #onProblem: (message: string) => void;

  /**
   * @param path where the file is or will be
   * @param onProblem told in words when a damaged file was set aside
   */
  constructor(path: string, onProblem: (message: string) => void = () => {}) {
    this.path = path;
    this.#onProblem = onProblem;
  }

  /**
   * The keys approved for a name.
   * @param name `host`, `[host]:port` or a HostKeyAlias
   * @throws OpsError `stateDamaged` when the file is from a newer version or cannot be read
   */
  async lookup(name: string): Promise<readonly StoredKey[]> {
    const document = await this.#read();
    const entries = Object.hasOwn(document.hosts, name) ? (document.hosts[name] ?? []) : [];
    return entries.map((entry) => ({ keyType: entry.type, key: Buffer.from(entry.key, "base64") }));
  }

  /** Every name that has an approved key. */
  async names(): Promise<readonly string[]> {
    return Object.keys((await this.#read()).hosts);
  }

  /** Adds a key to those of a name; adding it twice changes nothing. */
  async add(name: string, key: Buffer): Promise<void> {
    await this.#change(name, (entries) => [...entries.filter((entry) => entry.key !== encode(key)), newEntry(key)]);
  }

  /** Makes the key the only one of a name: the operator decided that the host has changed. */
  async replace(name: string, key: Buffer): Promise<void> {
    await this.#change(name, () => [newEntry(key)]);
  }

  /** Forgets every key of a name. */
  async remove(name: string): Promise<void> {
    await this.#change(name, () => []);
  }

  async #change(
    name: string,
    edit: (entries: readonly StoreDocument["hosts"][string][number][]) => StoreDocument["hosts"][string],
  ): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const unlock = await lock(`${this.path}.lock`);
    try {
      const document = await this.#read();
      const hosts = new Map(Object.entries(document.hosts));
      const entries = edit(hosts.get(name) ?? []);
      if (entries.length > 0) hosts.set(name, entries);
      else hosts.delete(name);
      await writeAtomically(this.path, { schema: schemaName, hosts: Object.fromEntries(hosts) });
    } finally {
      await unlock();
    }
  }

  async #read(): Promise<StoreDocument> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return emptyDocument();
      throw this.#unreadable("it could not be read", error);
    }
    const parsed = storeSchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    if (/"schema"\s*:\s*"countermine\/trusted-host-keys@[0-9]+"/.test(text) && !text.includes(`"${schemaName}"`))
      throw this.#unreadable("it was written by a newer version of Countermine");
    // Approved keys are asked for again, which is safe; the damaged file stays for whoever wants to look.
    const aside = `${this.path}.damaged-${randomBytes(4).toString("hex")}`;
    await rename(this.path, aside);
    this.#onProblem(
      `The list of approved host keys was damaged. It was kept as ${showText(aside)}; hosts will be asked about again.`,
    );
    return emptyDocument();
  }

  #unreadable(reason: string, cause?: unknown): OpsError {
    return new OpsError(
      "stateDamaged",
      `The list of approved host keys ${showText(this.path)} cannot be used: ${reason}. Nothing was sent to the host.`,
      { nextStep: "Update Countermine, or move the file away to start a new one.", cause },
    );
  }
}

function emptyDocument(): StoreDocument {
  return { schema: schemaName, hosts: {} };
}

function newEntry(key: Buffer): StoreDocument["hosts"][string][number] {
  return { type: publicKeyType(key) ?? "", key: encode(key), addedAt: new Date().toISOString() };
}

function encode(key: Buffer): string {
  return key.toString("base64");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function writeAtomically(path: string, document: StoreDocument): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(document, undefined, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** One writer at a time. A lock of more than 10 s belongs to a window that crashed. */
async function lock(path: string): Promise<() => Promise<void>> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      await (await open(path, "wx", 0o600)).close();
      return async () => rm(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const held = await stat(path).catch(() => undefined);
      if (held !== undefined && Date.now() - held.mtimeMs > 10_000) await rm(path, { force: true });
      else await delay(25);
    }
  }
  throw new OpsError("locked", `The list of approved host keys is locked by ${showText(path)}.`, {
    nextStep: "Close the other window that is approving a key, or delete the lock file.",
  });
}
