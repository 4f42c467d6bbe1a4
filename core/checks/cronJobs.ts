import { minutesPerHour, parseCrontab } from "../autostart/parsers/crontab.ts";
import type { TextFact } from "../facts/facts.ts";
import type { ByteString } from "../text/byteString.ts";

export interface CronJob {
  readonly command: ByteString;
  /** From 1. */
  readonly line: number;
  /** At most ten minutes apart, or at every boot. */
  readonly isOften: boolean;
}

/**
 * The jobs of a crontab. System tables (/etc/crontab, /etc/cron.d) have an account before
 * the command, those of users have none; scripts in /etc/cron.daily and its like are no
 * tables and have no jobs.
 */
export function cronJobs({ path, content }: Pick<TextFact, "path" | "content">): readonly CronJob[] {
  if (/^\/etc\/cron\.(?:hourly|daily|weekly|monthly)\//.test(path)) return [];
  const lines = parseCrontab(content, { hasUserColumn: /^\/etc\/(?:crontab$|cron\.d\/)/.test(path) });
  return lines.flatMap((line): readonly CronJob[] =>
    line.kind === "job"
      ? [
          {
            command: line.command.slice(0, 16_384),
            line: line.line,
            isOften: line.schedule.toLowerCase() === "@reboot" || minutesPerHour(line.schedule) >= 6,
          },
        ]
      : [],
  );
}
