import { programsOf, readShell } from "../../autostart/parsers/shellCommand.ts";
import type { OwnershipFact, TextFact } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { imitatedProgram } from "../../knowledge/systemPrograms.ts";
import type { ByteString } from "../../text/byteString.ts";
import { basename } from "../../text/paths.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { cronJobs, type CronJob } from "../cronJobs.ts";
import { oddPlace } from "../oddPlace.ts";

export const check = defineCheck({
  id: "A02",
  slug: "suspicious-cron",
  title: "Scheduled task that keeps a program of unknown origin alive",
  category: "Abnormal system behavior",
  type: "Suspicious crontab tasks",
  severity: "high",
  attack: ["T1053.003"],
  maturity: "stable",
  needs: ["texts", "processes", "ownership"],
  falsePositives: [
    "An administrator's own line that restarts a service of theirs when it is not running.",
    "Backup and monitoring scripts that run every minute.",
  ],
  weakness: "A line that runs a harmless looking script, which starts the miner, shows only the script.",
  run({ texts, processes, ownership }): readonly Finding[] {
    return texts.flatMap((text) => {
      const owner = ownership.byPath.get(text.path);
      if (text.topic !== "cron" || (typeof owner === "object" && owner.digest === "intact")) return [];
      return cronJobs(text).flatMap((job) => judge(job, text, processes, ownership));
    });
  },
});

function judge(
  job: CronJob,
  text: TextFact,
  processes: readonly ProcessFact[],
  ownership: OwnershipFact,
): readonly Finding[] {
  const reasons: { readonly points: number; readonly phrase: string }[] = [];
  let suspect: ByteString | undefined;
  for (const path of programsOf(readShell(job.command))) {
    const place = path.startsWith("/") ? oddPlace(path) : undefined;
    const isUnowned = ownership.byPath.get(path) === "unowned";
    if (place !== undefined && !isOwned(path, ownership)) {
      suspect ??= path;
      reasons.push({
        points: place.points >= 30 ? 60 : 45,
        phrase: `it runs ${showBytes(path, 200)}, which lies in ${place.phrase}`,
      });
      break;
    }
    if (!isUnowned) continue;
    suspect ??= path;
    if (keepsAlive(job.command))
      reasons.push({ points: 20, phrase: `it starts ${showBytes(path, 200)} again whenever that is not running` });
    if (job.isOften && isSilentBackground(job.command))
      reasons.push({ points: 15, phrase: "it does so every few minutes, in the background and without a word" });
    const imitated = imitatedProgram(basename(path));
    if (imitated !== undefined)
      reasons.push({ points: 20, phrase: `the name of ${showBytes(path, 200)} looks like ${imitated} of the system` });
    break;
  }
  if (hasInvisible(job.command)) reasons.push({ points: 40, phrase: "the line has characters that hide it from view" });
  const points = Math.min(
    70,
    reasons.reduce((sum, reason) => sum + reason.points, 0),
  );
  if (points === 0) return [];
  const running = processes.filter(({ exe }) => exe !== undefined && exe.path === suspect).slice(0, 8);
  const found = {
    points,
    source: showBytes(text.path),
    severity: points >= 40 ? "high" : "medium",
    text: `The scheduled task in ${showBytes(text.path, 200)}, line ${job.line}, is odd: ${reasons.map(({ phrase }) => phrase).join(", and ")}.`,
  } as const;
  if (running.length === 0)
    return [
      {
        ...found,
        subject: { kind: "file", path: text.path, id: text.status.id },
        ...(suspect?.startsWith("/") && { relatedFiles: [suspect] }),
      },
    ];
  return running.map((process) => ({
    ...found,
    subject: { kind: "process", key: processKey(process) },
    relatedFiles: [text.path],
  }));
}

function isOwned(path: ByteString, ownership: OwnershipFact): boolean {
  const owner = ownership.byPath.get(path);
  return typeof owner === "object" && owner.digest !== "modified";
}

/** `pgrep x || start`, `ps … | grep x || start`, `pidof x || …`, `[ -z "$(pgrep x)" ] && …`, `if ! kill -0 …`. */
function keepsAlive(command: ByteString): boolean {
  return (
    /\b(?:pgrep|pidof|kill\s+-0|ps\s[^|;]{0,80}\|\s*grep|systemctl\s+(?:-q\s+)?is-active|killall\s+-0)\b/.test(
      command,
    ) && /\|\||&&|\bif\b|;/.test(command)
  );
}

function isSilentBackground(command: ByteString): boolean {
  return /(?:>\s?\/dev\/null|&>\s?\/dev\/null)/.test(command) && /\b(?:setsid|nohup|disown)\b|&\s*$/.test(command);
}

/** Carriage returns and escape sequences make `cat` show another line than cron runs; a long run of blanks pushes it out of view. */
function hasInvisible(command: ByteString): boolean {
  return /[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80[\x8b-\x8f\xaa-\xae]| {120}/.test(command);
}
