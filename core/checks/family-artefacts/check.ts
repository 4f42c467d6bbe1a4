import type { HostFact, OwnershipFact, TextFact } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { artefactAt, artefactUnit } from "../../knowledge/familyArtefacts.ts";
import type { ByteString } from "../../text/byteString.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { ownerOf } from "../ownerOf.ts";
import { scriptOfProcess } from "../scriptOfProcess.ts";

export const check = defineCheck({
  id: "M18",
  slug: "family-artefacts",
  title: "Name that a known family of miners uses",
  category: "Malware",
  type: "Mining",
  severity: "high",
  attack: ["T1496.001"],
  maturity: "stable",
  needs: ["processes", "texts", "ownership", "host"],
  falsePositives: ["Another program of the same name; a name without its folder gives fewer points."],
  weakness: "A new name costs nothing. The check tells who it is, others tell what it does.",
  run({ processes, texts, ownership, host }): readonly Finding[] {
    return [
      ...processes.flatMap((process) => judgeProcess(process, ownership, host)),
      ...texts.flatMap((text) => judgeText(text, ownership)),
    ];
  },
});

function judgeProcess(process: ProcessFact, ownership: OwnershipFact, host: HostFact): readonly Finding[] {
  const exe = process.exe;
  if (exe === undefined) return [];
  const owner = ownerOf(process, ownership, host);
  const script = scriptOfProcess(process);
  const isTrusted = owner === "intact" || owner === "upgraded";
  const paths = [...(isTrusted || exe.isMemfd ? [] : [exe.path]), ...(script === undefined ? [] : [script])];
  for (const path of paths) {
    const artefact = artefactAt(path);
    if (artefact === undefined) continue;
    const points = artefact.match === "path" ? 60 : artefact.strength === "strong" ? 45 : 20;
    return [
      {
        subject: { kind: "process", key: processKey(process) },
        points,
        severity: points >= 45 ? "high" : "medium",
        source: `/proc/${process.pid}/exe`,
        text: `${showBytes(path, 200)} is ${artefact.match === "path" ? "a path" : "a name"} of ${family(artefact.family)}.`,
      },
    ];
  }
  return [];
}

const startTopics: ReadonlySet<TextFact["topic"]> = new Set(["cron", "unit", "rcLocal", "profile", "script"]);

function judgeText(text: TextFact, ownership: OwnershipFact): readonly Finding[] {
  if (!startTopics.has(text.topic)) return [];
  const owner = ownership.byPath.get(text.path);
  if (typeof owner === "object" && owner.digest === "intact") return [];
  const unit = text.topic === "unit" ? artefactUnit(text.path) : undefined;
  const subject = { kind: "file", path: text.path, id: text.status.id } as const;
  if (unit !== undefined)
    return [
      {
        subject,
        points: 45,
        source: showBytes(text.path),
        text: `The unit ${showBytes(text.path, 200)} has the name that ${family(unit.family)} gave to its own.`,
      },
    ];
  const started = programsIn(text.content);
  for (const path of started) {
    const artefact = artefactAt(path);
    if (artefact === undefined || (artefact.match === "name" && artefact.strength === "weak")) continue;
    return [
      {
        subject,
        points: artefact.match === "path" ? 55 : 40,
        source: showBytes(text.path),
        relatedFiles: [path],
        text: `${showBytes(text.path, 200)} starts ${showBytes(path, 200)}, known from ${family(artefact.family)}.`,
      },
    ];
  }
  return [];
}

/**
 * Absolute paths that lines run. A line that kills, removes or looks for a name is no
 * start of it: cleaning scripts and competitors (M19) name them as well.
 */
function programsIn(content: ByteString): readonly ByteString[] {
  const found = new Set<ByteString>();
  for (const line of content.slice(0, 65_536).split("\n")) {
    if (/^\s*[#;]/.test(line) || /\b(?:p?kill|killall|pkill|rm|grep|chattr|pgrep|find|unlink|crontab -r)\b/.test(line))
      continue;
    for (const [path] of line.slice(0, 4096).matchAll(/(?<![\w./-])\/[\w./@+[\]-]{2,200}/g)) {
      found.add(path);
      if (found.size >= 500) return [...found];
    }
  }
  return [...found];
}

function family(name: string): string {
  return name === "reported" ? "reported miners" : `the family ${name}`;
}
