import type { HiddenPid } from "../../facts/facts.ts";
import { processKey } from "../../facts/process.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";

export const check = defineCheck({
  id: "P06",
  slug: "hidden-process",
  title: "Process hidden from the process list",
  category: "Malware",
  type: "Rootkits",
  severity: "critical",
  attack: ["T1014", "T1564"],
  maturity: "stable",
  needs: ["pidSweep"],
  falsePositives: [
    "A process that started or ended between two ways of looking; the sweep asks several times before it believes one.",
    "A mount over a process folder that an administrator made on purpose, for example to hide a batch job from users.",
  ],
  weakness:
    "A kernel rootkit that also answers kill, open and the control groups falsely is not seen here; the unexplained CPU time is.",
  run({ pidSweep }): readonly Finding[] {
    return pidSweep.hidden.map((hidden) => judge(hidden));
  },
});

/**
 * Nothing innocent leaves a live process out of a directory listing while other doors of
 * the kernel show it, so this is proof and not a hint. The process is not among the
 * listed ones: its key comes from the sweep.
 */
function judge(hidden: HiddenPid): Finding {
  const known = [hidden.comm, hidden.exePath].filter((text) => text !== undefined && text !== "");
  const shownAs = known.length === 0 ? "" : ` (${known.map((text) => showBytes(text ?? "", 300)).join(", running ")})`;
  const name = `Process ${hidden.pid}${shownAs}`;
  const relatedFiles = hidden.exePath === undefined ? [] : [hidden.exePath];
  const subject = { kind: "process", key: processKey(hidden) } as const;
  const source = `/proc/${hidden.pid}`;
  if (hidden.coveredBy !== undefined) {
    return {
      subject,
      points: 100,
      source: "/proc/self/mountinfo",
      relatedFiles,
      text: `${name} is hidden behind a mount over its own folder: ${showBytes(hidden.coveredBy, 300)}. Unmounting it would show the process to everybody.`,
    };
  }
  const shown = list(hidden.shownBy);
  const missing = list(hidden.hiddenFrom);
  // One way alone may be a race that three repetitions happened to hit.
  const points = hidden.shownBy.length > 1 ? 100 : 75;
  return {
    subject,
    points,
    source,
    relatedFiles,
    text: `${name} is missing from ${missing} although ${shown} shows it.`,
  };
}

function list(ways: readonly string[]): string {
  return ways.length === 0 ? "a listing" : ways.map((way) => showBytes(way, 80)).join(", ");
}
