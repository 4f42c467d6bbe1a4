import type { ByteString } from "../../text/byteString.ts";

/** One line of a crontab that is no comment. */
export type CrontabLine =
  | {
      readonly kind: "job";
      readonly line: number;
      /** The five fields or the `@word`, blanks made single. */
      readonly schedule: ByteString;
      /** Only in files with a user column. */
      readonly user?: ByteString;
      readonly command: ByteString;
    }
  | { readonly kind: "environment"; readonly line: number; readonly variable: ByteString; readonly value: ByteString }
  | { readonly kind: "notUnderstood"; readonly line: number; readonly text: ByteString };

/**
 * Reads a crontab as Vixie cron and cronie do: the newline alone ends a line, so a
 * carriage return and what follows it belong to the command. A line that is no job
 * stays in the result, because a cron of another make may run it.
 */
export function parseCrontab(
  content: ByteString,
  options: { readonly hasUserColumn: boolean },
): readonly CrontabLine[] {
  const lines: CrontabLine[] = [];
  for (const [index, raw] of content.split("\n").entries()) {
    const text = raw.replace(/^[ \t]+/, "");
    if (text.trim() === "" || text.startsWith("#")) {
      // Behind `#` cron reads nothing, so a carriage return there can only mislead the reader, and that is harmless.
      continue;
    }
    lines.push(
      readEnvironment(text, index + 1) ??
        readJob(text, index + 1, options.hasUserColumn) ?? { kind: "notUnderstood", line: index + 1, text },
    );
  }
  return lines;
}

/** `NAME = value`, each side perhaps in quotes. */
function readEnvironment(text: ByteString, line: number): CrontabLine | undefined {
  const match = /^(?:"([^"=]+)"|'([^'=]+)'|([^\s="']+))[ \t]*=[ \t]*(.*)$/s.exec(text);
  if (!match) return undefined;
  const variable = match[1] ?? match[2] ?? match[3] ?? "";
  const value = (match[4] ?? "").trimEnd();
  const quoted = /^(["'])(.*)\1$/s.exec(value);
  return { kind: "environment", line, variable, value: quoted?.[2] ?? value };
}

const scheduleWords = new Set(
  "@reboot,@yearly,@annually,@monthly,@weekly,@daily,@midnight,@hourly,@every_minute,@every_second".split(","),
);

function readJob(text: ByteString, line: number, hasUserColumn: boolean): CrontabLine | undefined {
  const fieldCount = text.startsWith("@") ? 1 : 5;
  let rest = text;
  const fields: ByteString[] = [];
  for (let turn = 0; turn < fieldCount + (hasUserColumn ? 1 : 0); turn += 1) {
    const end = rest.search(/[ \t]/);
    if (end <= 0) return undefined;
    fields.push(rest.slice(0, end));
    rest = rest.slice(end).replace(/^[ \t]+/, "");
  }
  if (rest === "") return undefined;
  const schedule = fields.slice(0, fieldCount);
  if (fieldCount === 1 ? !isScheduleWord(schedule[0] ?? "") : !schedule.every(isField)) return undefined;
  const user = fields[fieldCount];
  return { kind: "job", line, schedule: schedule.join(" "), ...(user === undefined ? {} : { user }), command: rest };
}

function isScheduleWord(word: ByteString): boolean {
  return scheduleWords.has(word.toLowerCase()) || /^@\d+$/.test(word);
}

/** A leading `-` is SUSE's and cronie's way to keep a job out of the log; `~` is cronie's random value. */
function isField(field: ByteString): boolean {
  if (field.length > 512) return false;
  return field
    .replace(/^-/, "")
    .split(",")
    .every((part) =>
      /^(?:\*|~|(?:\d{1,4}|[a-z]{3})(?:[-~](?:\d{1,4}|[a-z]{3})?)?|~\d{1,2})(?:\/\d{1,4})?$/i.test(part),
    );
}

/** How many of the sixty minutes of an hour the job runs in, in every hour of every day; 0 for rarer jobs. */
export function minutesPerHour(schedule: ByteString): number {
  if (schedule === "@every_minute" || schedule === "@every_second") return 60;
  if (/^@\d+$/.test(schedule)) return Number(schedule.slice(1)) <= 60 ? 60 : 0;
  const [minute = "", hour, day, month, weekday] = schedule.replace(/^-/, "").split(" ");
  if (![hour, day, month, weekday].every((field) => field === "*" || field === "*/1")) return 0;
  const minutes = new Set<number>();
  for (const part of minute.split(",")) {
    const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part);
    if (!match) continue;
    const step = Math.max(1, Number(match[3] ?? 1));
    const first = Number(match[1] ?? 0);
    const last = match[1] === undefined ? 59 : Number(match[2] ?? (match[3] === undefined ? match[1] : 59));
    for (let value = first; value <= Math.min(last, 59); value += step) minutes.add(value);
  }
  return minutes.size;
}
