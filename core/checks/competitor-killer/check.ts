import type { TextFact } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { competitorNames } from "../../knowledge/familyArtefacts.ts";
import { poolNames } from "../../knowledge/poolDomains.ts";
import { poolPorts } from "../../knowledge/poolPorts.ts";
import { decodeBase64Runs } from "../../text/base64.ts";
import type { ByteString } from "../../text/byteString.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { incidentProcesses } from "../textSubjects.ts";

export const check = defineCheck({
  id: "M19",
  slug: "competitor-killer",
  title: "Script that kills other miners",
  category: "Malware",
  type: "Mining",
  severity: "high",
  attack: ["T1489", "T1562"],
  maturity: "stable",
  needs: ["texts", "processes", "ownership"],
  falsePositives: ["A cleaning script of the operator's own: mark it as handled, or allow-list its path."],
  weakness: "A killer in a compiled program, or one that kills by CPU use and not by name, has no such text.",
  run({ texts, processes, ownership }): readonly Finding[] {
    return [
      ...texts.flatMap((text) => {
        const owner = ownership.byPath.get(text.path);
        const isPackaged = typeof owner === "object" && owner.digest === "intact";
        return isPackaged || !topics.has(text.topic) ? [] : judgeText(text, processes);
      }),
      ...processes.flatMap(judgeProcess),
    ];
  },
});

const topics: ReadonlySet<TextFact["topic"]> = new Set(["script", "cron", "unit", "rcLocal", "profile"]);

function judgeText(text: TextFact, processes: readonly ProcessFact[]): readonly Finding[] {
  const found = describe(targetsIn(text.content), showBytes(text.path), showBytes(text.path, 200));
  if (found === undefined) return [];
  const involved = incidentProcesses(text, processes);
  if (involved.length === 0) return [{ ...found, subject: { kind: "file", path: text.path, id: text.status.id } }];
  return involved.map((process) => ({
    ...found,
    subject: { kind: "process", key: processKey(process) },
    relatedFiles: [text.path],
  }));
}

function judgeProcess(process: ProcessFact): readonly Finding[] {
  const program = process.argv.find((argument) => argument.length > 60);
  if (program === undefined) return [];
  const found = describe(targetsIn(process.argv.join("\n")), `/proc/${process.pid}/cmdline`, "The command line");
  return found === undefined ? [] : [{ ...found, subject: { kind: "process", key: processKey(process) } }];
}

/** From five targets on; a script of an operator who cleans up names one or two. */
function describe(
  targets: ReadonlySet<string>,
  source: ByteString,
  name: string,
): Omit<Finding, "subject"> | undefined {
  if (targets.size < 5) return undefined;
  const shown = [...targets]
    .slice(0, 6)
    .map((target) => showBytes(target, 40))
    .join(", ");
  return {
    points: targets.size >= 10 ? 70 : 60,
    source,
    text: `${name} kills or removes ${targets.size} things that are other miners': ${shown}.`,
  };
}

const killing =
  /\b(?:kill|pkill|killall|skill|fuser|rm|unlink|chattr|crontab|xargs|systemctl|service|iptables|rmmod|docker)\b/;

/** Names of miners, pools and pool ports on lines that kill, remove or block. */
function targetsIn(content: ByteString): ReadonlySet<string> {
  const head = content.slice(0, 131_072);
  const targets = new Set<string>();
  for (const text of [head, ...decodeBase64Runs(head)])
    for (const line of text.split(/[\n;]/)) {
      if (/^\s*#/.test(line) || !(killing.test(line) || /^\s*(?:echo\s)?["']?(?:0\.0\.0\.0|127\.0\.0\.1)\s/.test(line)))
        continue;
      for (const [word] of line.slice(0, 4096).matchAll(/[A-Za-z0-9_.-]{3,64}/g)) {
        const name = word.toLowerCase().replace(/^\.+|\.+$/g, "");
        if (competitorNames.has(name) || competitorNames.has(`.${name}`)) targets.add(name);
        else if (minerWords.test(name)) targets.add(name);
      }
      for (const [, port = ""] of line.slice(0, 4096).matchAll(/:(\d{4,5})\b/g))
        if (poolPorts.has(Number(port))) targets.add(`:${port}`);
      for (const pool of poolNames(line.slice(0, 4096), 4)) targets.add(pool);
      if (targets.size >= 64) return targets;
    }
  return targets;
}

/** Words that killers look for inside names and command lines. */
const minerWords =
  /^(?:.*(?:xmrig|cryptonight|minerd|kdevtmp|kinsing|monero|donate-level|stratum|nicehash|kworkerds|coinhive|xmr-stak).*|\w{0,8}miner\w{0,8})$/;
