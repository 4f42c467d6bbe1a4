import type { ByteString } from "../../text/byteString.ts";
import { listValues, type UnitDirective } from "./unitFile.ts";

/** Whether a timer elapses at least once a minute, as far as its text says it plainly. */
export function runsEveryMinute(directives: readonly UnitDirective[]): boolean {
  const spans = ["OnUnitActiveSec", "OnUnitInactiveSec"].flatMap((key) => listValues(directives, "Timer", key));
  if (spans.some((value) => spanSeconds(value) <= 60)) return true;
  return listValues(directives, "Timer", "OnCalendar").some(isEveryMinute);
}

const unitSeconds: Readonly<Record<string, number>> = {
  "": 1,
  us: 1e-6,
  usec: 1e-6,
  ms: 1e-3,
  msec: 1e-3,
  s: 1,
  sec: 1,
  second: 1,
  seconds: 1,
  m: 60,
  min: 60,
  minute: 60,
  minutes: 60,
  h: 3600,
  hr: 3600,
  hour: 3600,
  hours: 3600,
  d: 86_400,
  day: 86_400,
  days: 86_400,
  w: 604_800,
  week: 604_800,
  weeks: 604_800,
};

/** A time span of systemd.time(7) in seconds; infinity for one that is not understood. */
export function spanSeconds(span: ByteString): number {
  let total = 0;
  const rest = span.slice(0, 200).replace(/(\d+(?:\.\d+)?) ?([a-z]*) ?/g, (_, amount: string, unit: string) => {
    total += Number(amount) * (unitSeconds[unit] ?? Number.POSITIVE_INFINITY);
    return "";
  });
  return rest.trim() === "" && span.trim() !== "" ? total : Number.POSITIVE_INFINITY;
}

/** `minutely`, or a calendar with any hour and any minute: `*:*`, `*-*-* *:*:00`, `*:0/1`, and any with a free second. */
function isEveryMinute(calendar: ByteString): boolean {
  if (calendar === "minutely") return true;
  const match = /^(?:\*-\*-\* )?(\*|\*\*):(\*|\d{1,2}\/1|\*\/1)(?::\S+)?$/.exec(calendar);
  return match !== null;
}
