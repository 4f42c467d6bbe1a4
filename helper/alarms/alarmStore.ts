import * as z from "zod/mini";
import { readFileSync } from "node:fs";
import type { Alarm, AlarmState } from "#core/alarms/alarm";
import type { AlarmRecord } from "#core/alarms/alarmRecords";
import { OpsError } from "#core/opsError";
import { alarmSchema, alarmStateSchema } from "#protocol/schemas";
import type { StateDirectory } from "#helper/quarantine/stateDirectory";
import { writeFileSafely } from "#helper/quarantine/writeFileSafely";

const schemaName = "countermine/alarms@1";

const recordSchema: z.ZodMiniType<AlarmRecord> = z.object({
  alarm: alarmSchema,
  subjects: z.readonly(z.array(z.string())),
  bootId: z.string(),
  stateBeforeAllowlist: z.exactOptional(alarmStateSchema),
});

/** One record a line, after a first line with the schema. */
const headSchema = z.object({ schema: z.literal(schemaName) });

/** Alarms that nobody has seen again for this long are forgotten, when they were dealt with. */
const keptMs = 30 * 24 * 3600 * 1000;

/**
 * The alarms of this host with the states that people gave them, kept on the host so
 * that two operators see the same. Without a state folder they live as long as the helper.
 */
export class AlarmStore {
  readonly #state: StateDirectory | undefined;
  #records: readonly AlarmRecord[] = [];

  /** @throws OpsError `stateDamaged` when the stored alarms can't be read; they are left as they are */
  constructor(state: StateDirectory | undefined) {
    this.#state = state;
    this.#records = state === undefined ? [] : readRecords(state.entry("alarms.ndjson"));
  }

  get records(): readonly AlarmRecord[] {
    return this.#records;
  }

  get alarms(): readonly Alarm[] {
    return this.#records.map(({ alarm }) => alarm);
  }

  /** Takes over the records of a triage. */
  replace(records: readonly AlarmRecord[], now: number): void {
    this.#save(records.filter(({ alarm }) => alarm.state === "toBeHandled" || now - alarm.lastSeen < keptMs));
  }

  /**
   * Moves alarms to a state.
   * @throws OpsError `notFound` when one of them is not known; none is changed then
   */
  setState(ids: readonly string[], state: AlarmState, remark: string | undefined): void {
    const unknown = ids.filter((id) => !this.#records.some(({ alarm }) => alarm.id === id));
    if (unknown.length > 0) {
      throw new OpsError(
        "notFound",
        `${unknown.length} of these alarms are not known on this host any more. No state was changed.`,
        {
          nextStep: "Run Triage again.",
        },
      );
    }
    this.#save(
      this.#records.map((record) => (ids.includes(record.alarm.id) ? withState(record, state, remark) : record)),
    );
  }

  #save(records: readonly AlarmRecord[]): void {
    if (this.#state) {
      const lines = [JSON.stringify({ schema: schemaName }), ...records.map((record) => JSON.stringify(record))];
      writeFileSafely(this.#state.entry("alarms.ndjson"), `${lines.join("\n")}\n`);
    }
    this.#records = records;
  }
}

function withState(record: AlarmRecord, state: AlarmState, remark: string | undefined): AlarmRecord {
  const { remark: _before, ...alarm } = record.alarm;
  const stateBefore = record.stateBeforeAllowlist ?? record.alarm.state;
  return {
    ...record,
    alarm: { ...alarm, state, ...(remark === undefined ? {} : { remark }) },
    ...(state === "allowlisted" ? { stateBeforeAllowlist: stateBefore } : {}),
  };
}

function readRecords(path: Buffer): readonly AlarmRecord[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw damaged(error);
  }
  try {
    const [head = "", ...lines] = text.trimEnd().split("\n");
    headSchema.parse(JSON.parse(head));
    return lines.map((line) => recordSchema.parse(JSON.parse(line)));
  } catch (error) {
    throw damaged(error);
  }
}

function damaged(cause: unknown): OpsError {
  return new OpsError(
    "stateDamaged",
    "The stored alarms of this host can't be read: alarms.ndjson is damaged, or of a newer version. It was left as it is.",
    {
      nextStep: "Move the file away on the host, then connect again; alarms found again start as to be handled.",
      cause,
    },
  );
}
