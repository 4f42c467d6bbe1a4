import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CachedHost } from "./cacheSchema.ts";
import { cacheSchemaName } from "./cacheSchemaName.ts";
import type { HostState } from "./hostState.ts";
import type { Workbench } from "./workbench.ts";

const writeDelayMs = 500;

/**
 * What was last known of each host, so that a new window does not start blank. The host
 * stays the source of truth. A damaged or newer file is set aside and said, never
 * overwritten and never a reason not to start.
 */
export class StateCache {
  readonly #folder: string;
  readonly #onProblem: (message: string) => void;
  readonly #loaded = new Set<string>();
  /** Their files must not be written over before they were read, or set aside. */
  readonly #reading = new Set<string>();
  readonly #written = new Map<string, HostState>();

  constructor(folder: string, onProblem: (message: string) => void) {
    this.#folder = folder;
    this.#onProblem = onProblem;
  }

  /** Brings what is stored into hosts that have nothing yet. A host that comes back to the list is read again. */
  async load(workbench: Workbench): Promise<void> {
    const listed = new Set(workbench.all.map(({ entry }) => entry.address));
    for (const address of this.#loaded) if (!listed.has(address)) this.#loaded.delete(address);
    for (const address of listed) {
      if (this.#loaded.has(address)) continue;
      this.#loaded.add(address);
      if (!existsSync(this.#path(address))) continue;
      this.#reading.add(address);
      const stored = await this.#read(address);
      this.#reading.delete(address);
      const state = workbench.host(address);
      // What was learnt while the file was being read is newer than the file.
      if (!stored || !state || state.triage !== undefined || state.isolated !== undefined) continue;
      const { triage, triagedAt, isolated } = stored;
      workbench.update(address, {
        ...(triage === undefined ? {} : { triage, alarms: triage.alarms }),
        ...(triagedAt === undefined ? {} : { triagedAt }),
        ...(isolated === undefined ? {} : { isolated }),
      });
      const loaded = workbench.host(address);
      if (loaded) this.#written.set(address, loaded);
    }
  }

  /** Keeps the files in step with the workbench. */
  follow(workbench: Workbench): { dispose(): void } {
    let timer: NodeJS.Timeout | undefined;
    const write = (): void => {
      timer = undefined;
      for (const state of workbench.all) this.#write(state);
    };
    const subscription = workbench.onDidChange(() => {
      timer ??= setTimeout(write, writeDelayMs);
    });
    return {
      dispose: () => {
        subscription.dispose();
        clearTimeout(timer);
        write();
      },
    };
  }

  async #read(address: string): Promise<CachedHost | undefined> {
    const path = this.#path(address);
    const { cacheSchema } = await import("./cacheSchema.ts");
    try {
      const stored = cacheSchema.parse(JSON.parse(readFileSync(path, "utf8")));
      if (stored.address === address) return stored;
    } catch {
      // Told below, as for a file that is another host's.
    }
    this.#setAside(path, address);
    return undefined;
  }

  #setAside(path: string, address: string): void {
    const kept = `${path}.${Date.now()}.damaged`;
    try {
      renameSync(path, kept);
      this.#onProblem(
        `What was stored about ${address} could not be read (damaged, or written by a newer version). It was kept as ${kept}; nothing is lost on the host.`,
      );
    } catch {
      this.#onProblem(`What was stored about ${address} could not be read, nor set aside: ${path}.`);
    }
  }

  #write(state: HostState): void {
    const { address } = state.entry;
    if (this.#reading.has(address)) return;
    const before = this.#written.get(address);
    if (before?.triage === state.triage && before?.alarms === state.alarms && before?.isolated === state.isolated)
      return;
    this.#written.set(address, state);
    const path = this.#path(address);
    if (state.triage === undefined && state.isolated === undefined) {
      // Countermine was taken off the host: what was stored here would come back as news.
      if (before?.triage !== undefined || before?.isolated !== undefined)
        this.#try(address, () => rmSync(path, { force: true }));
      return;
    }
    const document = {
      schema: cacheSchemaName,
      address,
      ...(state.triage === undefined ? {} : { triage: { ...state.triage, alarms: state.alarms } }),
      ...(state.triagedAt === undefined ? {} : { triagedAt: state.triagedAt }),
      ...(state.isolated === undefined ? {} : { isolated: state.isolated }),
    };
    this.#try(address, () => {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${path}.new`, JSON.stringify(document), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    });
  }

  #try(address: string, change: () => void): void {
    try {
      change();
    } catch (error) {
      this.#onProblem(
        `What is known about ${address} could not be stored here: ${String(error)}. Everything stays on the host.`,
      );
    }
  }

  /** A digest, because an address must never become a path. */
  #path(address: string): string {
    return join(this.#folder, `${createHash("sha256").update(address).digest("hex").slice(0, 32)}.json`);
  }
}
