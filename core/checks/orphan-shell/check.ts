import type { OwnershipFact } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { basename } from "../../text/paths.ts";
import { showBytes } from "../../text/showBytes.ts";
import { isBareShell } from "../bareShell.ts";
import { defineCheck, type Finding } from "../check.ts";
import { isDetached } from "../isDetached.ts";
import { oddPlace } from "../oddPlace.ts";
import { isShell, programName } from "../programName.ts";
import { scriptOfProcess } from "../scriptOfProcess.ts";

export const check = defineCheck({
  id: "P17",
  slug: "orphan-shell",
  title: "Script that runs on its own from an odd place",
  category: "Abnormal system behavior",
  type: "Abnormal process behaviors",
  severity: "high",
  attack: ["T1059.004"],
  maturity: "stable",
  needs: ["processes", "ownership"],
  falsePositives: [
    "An administrator's job that was started with nohup from a temporary folder.",
    "A provisioning tool that leaves its script in /tmp and runs it in the background.",
  ],
  weakness: "A script in an ordinary folder, or a compiled watchdog, does the same and is not seen here.",
  run({ processes, ownership }): readonly Finding[] {
    return processes.flatMap((process) => judge(process, ownership));
  },
});

function judge(process: ProcessFact, ownership: OwnershipFact): readonly Finding[] {
  if (process.exe === undefined || process.isKernelThread) return [];
  const hint = judgeScript(process, ownership) ?? judgeLoop(process) ?? judgeBareShell(process);
  return hint === undefined
    ? []
    : [{ subject: { kind: "process", key: processKey(process) }, source: `/proc/${process.pid}/cmdline`, ...hint }];
}

type Hint = Pick<Finding, "points" | "text" | "severity" | "relatedFiles">;

function judgeScript(process: ProcessFact, ownership: OwnershipFact): Hint | undefined {
  const script = scriptOfProcess(process);
  const place = script === undefined ? undefined : oddPlace(script);
  if (script === undefined || place === undefined) return undefined;
  const owner = ownership.byPath.get(script) ?? "unknown";
  // Scripts in /etc are the normal case; hidden ones there are not.
  if (typeof owner === "object" || (place.kind === "noPrograms" && script.startsWith("/etc/"))) return undefined;
  const detached = isDetached(process);
  // With a terminal or a parent that waits for it, a script in /tmp is everyday work.
  if (!detached && place.points < 45) return undefined;
  const points = detached ? place.points + 15 : Math.min(place.points, 30);
  return {
    points,
    text: `A ${showBytes(programName(process), 40)} runs ${showBytes(script, 300)}, in ${place.phrase}${detached ? ", on its own and without a terminal" : ""}.`,
    severity: points >= 35 ? "high" : "medium",
    relatedFiles: [script],
  };
}

/** `while true; do pgrep x || start it; sleep 5; done` as program text, adopted by init. */
function judgeLoop(process: ProcessFact): Hint | undefined {
  if (!isShell(programName(process)) || process.ppid !== 1 || process.tty !== 0) return undefined;
  const text = process.argv.slice(1).find((argument) => /\b(?:while|until|for)\b/.test(argument));
  if (text === undefined || !/\bsleep\b/.test(text)) return undefined;
  if (!/\b(?:pgrep|pidof|pkill|kill\s+-0|nohup|setsid|curl|wget|crontab|chattr|chmod\s)/.test(text)) return undefined;
  const namesTemporary = /(?:^|[\s'"=/])(?:\/var)?\/tmp\/|\/dev\/shm\//.test(text);
  const unit = basename(process.cgroup ?? "");
  const isService = unit.endsWith(".service") && !/^(?:crond?|sshd?|atd)\.service$/.test(unit);
  const points = (namesTemporary ? 45 : 30) - (isService ? 10 : 0);
  return {
    points,
    text: "A shell without a terminal loops over starting, looking for or fetching something; init adopted it.",
    severity: namesTemporary ? "high" : "medium",
  };
}

/** A shell with nothing to run waits for commands from somewhere: a pipe whose writer may be gone. */
function judgeBareShell(process: ProcessFact): Hint | undefined {
  if (!isShell(programName(process)) || process.ppid !== 1 || process.tty !== 0 || !isBareShell(process))
    return undefined;
  const [input] = process.standardStreams;
  if (input === undefined || !input.startsWith("pipe:[")) return undefined;
  return {
    points: 20,
    text: "A shell without a terminal, adopted by init, takes its commands from a pipe.",
    severity: "medium",
  };
}
