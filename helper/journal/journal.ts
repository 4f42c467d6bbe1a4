import { randomUUID } from "node:crypto";
import fs from "node:fs";
import * as z from "zod/mini";
import { OpsError } from "#core/opsError";
import { canonicalJson } from "#core/plans/canonicalJson";
import type { JournalEntry } from "#core/plans/journalEntry";
import { changeError } from "#helper/execute/changeError";
import { errorCode } from "#helper/execute/errorCode";
import type { StateDirectory } from "#helper/quarantine/stateDirectory";
import { syncFolderOf } from "#helper/quarantine/writeFileSafely";
import { shortened } from "./shortened.ts";

const identitySchema = z.strictObject({
  bootId: z.string(),
  pid: z.int(),
  startTime: z.int(),
  exeId: z.exactOptional(z.string()),
});

/** What undo needs to take a step back; `none` is for what has no way back. */
const undoSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("thaw"),
    processes: z.array(identitySchema),
    /** The plan went on to kill them: frozen is not where it should have ended. */
    forKill: z.exactOptional(z.boolean()),
  }),
  z.strictObject({ kind: z.literal("restore"), record: z.string() }),
  z.strictObject({ kind: z.literal("none"), reason: z.string() }),
]);

export type UndoData = z.infer<typeof undoSchema>;

const lineSchema = z.strictObject({
  v: z.literal(1),
  seq: z.int(),
  /** Entries about the same step share it. */
  id: z.string(),
  at: z.number(),
  operator: z.string(),
  plan: z.string(),
  step: z.string(),
  kind: z.string(),
  target: z.string(),
  state: z.enum(["intent", "done", "failed", "undone", "recovered"]),
  detail: z.string(),
  undoData: undoSchema,
  /** Chain value of the line before, 64 zeros for the first. */
  previous: z.string(),
  /** HMAC over this line without this field. */
  chain: z.string(),
});

export type JournalLine = z.infer<typeof lineSchema>;

export interface JournalReading {
  readonly lines: readonly JournalLine[];
  /** What is wrong with the file: a torn end, a broken chain. */
  readonly problems: readonly string[];
  /** False when a line was changed, removed or added by somebody else: undo must not follow it. */
  readonly isIntact: boolean;
}

const noPrevious = "0".repeat(64);

/**
 * What was done on this host, one line of JSON each, fsynced before and after every
 * change and chained by HMAC, so that a line that was edited, removed or inserted shows.
 * A last line that a crash tore is left out; the next one starts on a line of its own.
 */
export class Journal {
  readonly #state: StateDirectory;
  /** Where our own last line ended; while the file has that size, nothing needs to be read again. */
  #end: { readonly size: number; readonly seq: number; readonly chain: string } | undefined;

  constructor(state: StateDirectory) {
    this.#state = state;
  }

  read(): JournalReading {
    let text: string;
    try {
      text = fs.readFileSync(this.#path(), "utf8");
    } catch (error) {
      if (errorCode(error) === "ENOENT") return { lines: [], problems: [], isIntact: true };
      throw changeError(error, "Reading the journal");
    }
    const rows = text.split("\n");
    const lines: JournalLine[] = [];
    const problems: string[] = [];
    let isIntact = true;
    let previous = noPrevious;
    for (const [index, row] of rows.entries()) {
      if (row === "") continue;
      const parsed = z.safeParse(lineSchema, parseJson(row));
      if (!parsed.success) {
        // A crash tears the end off a line, so it is no JSON; JSON of another form is no crash.
        const isTorn = parseJson(row) === undefined;
        problems.push(`line ${index + 1} ${isTorn ? "was cut off by a crash" : "is not one that we wrote"}`);
        if (!isTorn) isIntact = false;
        continue;
      }
      const { chain, ...rest } = parsed.data;
      if (parsed.data.previous !== previous || this.#state.authenticate(canonicalJson(rest)) !== chain) {
        problems.push(`line ${index + 1} was changed, or one before it was removed`);
        isIntact = false;
      }
      previous = chain;
      lines.push(parsed.data);
    }
    return { lines, problems, isIntact };
  }

  /** Appends a line and waits until it is on the disk. Throws an OpsError: `noSpace`, `readOnly`, ... */
  append(entry: Omit<JournalLine, "v" | "seq" | "at" | "previous" | "chain">): JournalLine {
    const last = this.#end?.size === this.#size() ? this.#end : this.read().lines.at(-1);
    const rest = {
      v: 1 as const,
      seq: (last?.seq ?? 0) + 1,
      at: Date.now(),
      ...entry,
      detail: shortened(entry.detail),
      previous: last?.chain ?? noPrevious,
    };
    const line: JournalLine = { ...rest, chain: this.#state.authenticate(canonicalJson(rest)) };
    // What could not be read back must not be written: undo depends on it.
    if (!z.safeParse(lineSchema, line).success)
      throw new OpsError("bug", "A journal line of an unknown form was not written.");
    this.#write(`${canonicalJson(line)}\n`);
    this.#end = { size: this.#size(), seq: line.seq, chain: line.chain };
    return line;
  }

  #size(): number {
    return fs.statSync(this.#path(), { throwIfNoEntry: false })?.size ?? 0;
  }

  #write(text: string): void {
    const path = this.#path();
    const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = fs.constants;
    try {
      const file = fs.openSync(path, O_APPEND | O_CREAT | O_NOFOLLOW | O_RDWR, 0o600);
      try {
        const { size } = fs.fstatSync(file);
        const end = Buffer.alloc(1);
        if (size > 0) fs.readSync(file, end, 0, 1, size - 1);
        const start = size > 0 && end[0] !== 0x0a ? "\n" : "";
        const bytes = Buffer.from(start + text, "utf8");
        if (fs.writeSync(file, bytes) !== bytes.length)
          throw new OpsError("noSpace", "The journal could not be written to its end; nothing was changed.");
        fs.fsyncSync(file);
        if (size === 0) syncFolderOf(path);
      } finally {
        fs.closeSync(file);
      }
    } catch (error) {
      throw changeError(error, "Writing the journal");
    }
  }

  #path(): Buffer {
    return this.#state.entry("journal.ndjson");
  }
}

/** The latest line of each step, oldest step first. */
export function latestLines(lines: readonly JournalLine[]): readonly JournalLine[] {
  const latest = new Map<string, JournalLine>();
  for (const line of lines) latest.set(line.id, line);
  return [...latest.values()];
}

/** The form for people. */
export function journalEntry(line: JournalLine): JournalEntry {
  const { id, at, operator, plan, step, kind, target, state, detail } = line;
  const isDone = state === "done" || state === "intent";
  return {
    id,
    at,
    operator,
    plan,
    step,
    kind,
    target,
    state,
    detail,
    undoable: isDone && line.undoData.kind !== "none",
  };
}

export function newJournalId(): string {
  return randomUUID();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
