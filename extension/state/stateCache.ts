import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { isolatedFileSchema, triageDocumentSchema } from "#protocol/schemas";
import type { HostState } from "./hostState.ts";
import type { Workbench } from "./workbench.ts";

const schemaName = "countermine/host-cache@1";
const cacheSchema = z.object({
  schema: z.literal(schemaName),
  address: z.string(),
  triagedAt: z.exactOptional(z.number()),
  triage: z.exactOptional(triageDocumentSchema),
  isolated: z.exactOptional(z.readonly(z.array(isolatedFileSchema))),
});

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
  readonly #written = new Map<string, HostState>();

  constructor(folder: string, onProblem: (message: string) => void) {
    this.#folder = folder;
    this.#onProblem = onProblem;
  }

  /** Brings what is stored into hosts that have nothing yet. */
  load(workbench: Workbench): void {
    for (const { entry } of workbench.all) {
      if (this.#loaded.has(entry.address)) continue;
      this.#loaded.add(entry.address);
      const stored = this.#read(entry.address);
      if (!stored) continue;
      const { triage, triagedAt, isolated } = stored;
      workbench.update(entry.address, {
        ...(triage === undefined ? {} : { triage, alarms: triage.alarms }),
        ...(triagedAt === undefined ? {} : { triagedAt }),
        ...(isolated === undefined ? {} : { isolated }),
      });
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

  #read(address: string): z.infer<typeof cacheSchema> | undefined {
    const path = this.#path(address);
    if (!existsSync(path)) return undefined;
    try {
      return cacheSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    } catch {
      this.#setAside(path, address);
      return undefined;
    }
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
    const before = this.#written.get(address);
    if (before?.triage === state.triage && before?.alarms === state.alarms && before?.isolated === state.isolated)
      return;
    this.#written.set(address, state);
    if (state.triage === undefined && state.isolated === undefined) return;
    const path = this.#path(address);
    const document = {
      schema: schemaName,
      address,
      ...(state.triage === undefined ? {} : { triage: { ...state.triage, alarms: state.alarms } }),
      ...(state.triagedAt === undefined ? {} : { triagedAt: state.triagedAt }),
      ...(state.isolated === undefined ? {} : { isolated: state.isolated }),
    };
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${path}.new`, JSON.stringify(document), { mode: 0o600 });
      renameSync(`${path}.new`, path);
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
