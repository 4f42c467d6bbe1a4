import { timingSafeEqual } from "node:crypto";
import fs from "node:fs";
import * as z from "zod/mini";
import { canonicalJson } from "#core/plans/canonicalJson";
import { OpsError } from "#core/opsError";
import { changeError } from "#helper/execute/changeError";
import { errorCode } from "#helper/execute/errorCode";
import type { QuarantineRecord, RecordState } from "./record.ts";
import { recordSchema } from "./record.ts";
import type { StateDirectory } from "./stateDirectory.ts";
import { removeIfPresent, writeFileSafely } from "./writeFileSafely.ts";

const envelopeSchema = z.strictObject({ record: recordSchema, mac: z.string().check(z.regex(/^[0-9a-f]{64}$/)) });
const recordSizeLimit = 8 * 2 ** 20;
const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Quarantine records on disk, each authenticated, so that an edited one is refused instead of obeyed. */
export class RecordStore {
  readonly #state: StateDirectory;

  constructor(state: StateDirectory) {
    this.#state = state;
  }

  /** Where the neutralised content of a record lives. */
  contentPath(id: string): Buffer {
    return this.#state.place("quarantine", requireId(id), "content");
  }

  /** Writes a record and waits until it is on the disk. */
  save(record: QuarantineRecord): void {
    const path = this.#state.entry("quarantine", requireId(record.id), "record.json");
    const body = canonicalJson(record);
    try {
      writeFileSafely(path, `${canonicalJson({ record, mac: this.#state.authenticate(body) })}\n`);
    } catch (error) {
      throw changeError(error, "Writing the quarantine record");
    }
  }

  /** Saves the record with another state and returns it. */
  advance(
    record: QuarantineRecord,
    state: RecordState,
    detail: string,
    change: Partial<QuarantineRecord> = {},
  ): QuarantineRecord {
    const next = {
      ...record,
      ...change,
      state,
      history: [...record.history, { at: Date.now(), state, detail }],
    };
    this.save(next);
    return next;
  }

  /** Throws an OpsError: `notFound`, or `stateDamaged` for a record that we did not write like this. */
  load(id: string): QuarantineRecord {
    const path = this.#state.place("quarantine", requireId(id), "record.json");
    let text: string;
    try {
      const file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
      try {
        const status = fs.fstatSync(file);
        if (!status.isFile() || status.size > recordSizeLimit) throw damaged(id, "is no ordinary file");
        text = fs.readFileSync(file, "utf8");
      } finally {
        fs.closeSync(file);
      }
    } catch (error) {
      if (OpsError.is(error)) throw error;
      if (errorCode(error) === "ENOENT") throw new OpsError("notFound", `There is no isolated file ${id}.`);
      throw damaged(id, `can't be read (${errorCode(error)})`);
    }
    const envelope = z.safeParse(envelopeSchema, parseJson(text));
    if (!envelope.success) throw damaged(id, "is not one that this version wrote");
    const { record, mac } = envelope.data;
    const expected = this.#state.authenticate(canonicalJson(record));
    if (!timingSafeEqual(Buffer.from(expected, "hex"), Buffer.from(mac, "hex")) || record.id !== id)
      throw damaged(id, "was changed by somebody else");
    return record;
  }

  /** All records, and those that can't be trusted with the reason. */
  list(): { readonly records: readonly QuarantineRecord[]; readonly damaged: readonly OpsError[] } {
    const records: QuarantineRecord[] = [];
    const damagedRecords: OpsError[] = [];
    const inside = this.#state.place("quarantine", "x");
    const folder = inside.subarray(0, -2);
    const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
    for (const id of names.filter((name) => idPattern.test(name))) {
      try {
        records.push(this.load(id));
      } catch (error) {
        // A folder without a record is left by a crash before the intent: nothing had been touched.
        if (OpsError.is(error, "stateDamaged")) damagedRecords.push(error);
        else if (!OpsError.is(error, "notFound")) throw error;
      }
    }
    records.sort((left, right) => left.isolatedAt - right.isolatedAt);
    return { records, damaged: damagedRecords };
  }

  hasContent(id: string): boolean {
    return fs.existsSync(this.contentPath(id));
  }

  /** Removes the stored content; nothing happens when it is gone already. */
  removeContent(id: string): void {
    removeIfPresent(this.contentPath(id));
  }
}

function requireId(id: string): string {
  if (!idPattern.test(id)) throw new OpsError("badInput", "That is no id of an isolated file.");
  return id;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function damaged(id: string, problem: string): OpsError {
  return new OpsError(
    "stateDamaged",
    `The record of isolated file ${id} ${problem}; it is refused and nothing was changed.`,
    {
      nextStep: "Look at the folder of this file by hand; the stored content is still in it.",
    },
  );
}
