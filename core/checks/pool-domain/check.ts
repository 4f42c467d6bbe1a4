import type { TextFact, TextTopic } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { poolNames } from "../../knowledge/poolDomains.ts";
import { decodeBase64Runs } from "../../text/base64.ts";
import type { ByteString } from "../../text/byteString.ts";
import { textLimit } from "../../text/commandWords.ts";
import { showBytes, showText } from "../../text/showBytes.ts";
import type { Severity } from "../check.ts";
import { defineCheck, type Finding } from "../check.ts";
import { isSearchTool } from "../searchTools.ts";
import { incidentProcesses } from "../textSubjects.ts";

export const check = defineCheck({
  id: "M04",
  slug: "pool-domain",
  title: "Host name of a mining pool",
  category: "Malware",
  type: "Mining",
  severity: "high",
  attack: ["T1496.001", "T1071.001"],
  maturity: "stable",
  needs: ["processes", "texts"],
  falsePositives: [
    "A block list that sends the names to 0.0.0.0 or 127.0.0.1, or that has a dozen of them; such are left out.",
    "An operator who looks a pool up; the name in a shell history gives few points.",
  ],
  weakness:
    "A pool of the attacker's own, or an address in numbers, has no name to be known by. Names are never resolved.",
  run({ processes, texts }): readonly Finding[] {
    return [...processes.flatMap(judgeProcess), ...texts.flatMap((text) => judgeText(text, processes))];
  },
});

function judgeProcess(process: ProcessFact): readonly Finding[] {
  if (isSearchTool(process)) return [];
  const subject = { kind: "process", key: processKey(process) } as const;
  const inArguments = namesIn(process.argv.join(" ").slice(0, textLimit))[0];
  if (inArguments !== undefined)
    return [
      {
        subject,
        points: 55,
        source: `/proc/${process.pid}/cmdline`,
        text: `The command line names the mining pool ${showText(inArguments, 120)}.`,
      },
    ];
  const inEnvironment = namesIn(process.environ ?? "")[0];
  return inEnvironment === undefined
    ? []
    : [
        {
          subject,
          points: 40,
          source: `/proc/${process.pid}/environ`,
          text: `The environment names the mining pool ${showText(inEnvironment, 120)}.`,
        },
      ];
}

/** Points by what the file is for, and the severity that it may give. */
const weights: Readonly<Partial<Record<TextTopic, readonly [points: number, severity: Severity]>>> = {
  minerConfig: [50, "high"],
  script: [50, "high"],
  cron: [55, "high"],
  unit: [55, "high"],
  rcLocal: [55, "high"],
  profile: [45, "high"],
  hosts: [30, "medium"],
  history: [15, "low"],
};

function judgeText(text: TextFact, processes: readonly ProcessFact[]): readonly Finding[] {
  const weight = weights[text.topic];
  if (weight === undefined) return [];
  const [points, severity] = weight;
  const names = namesIn(
    text.topic === "hosts" ? withoutSinkholes(text.content) : withoutComments(text),
    blockListLength,
  );
  const [name] = names;
  // A miner knows a handful of pools. A file with more of them is a list of what to block.
  if (name === undefined || names.length >= blockListLength) return [];
  const found = {
    points,
    severity,
    source: showBytes(text.path),
    text: `${showBytes(text.path, 200)} names the mining pool ${showText(name, 120)}.`,
  };
  const involved = text.topic === "hosts" || text.topic === "history" ? [] : incidentProcesses(text, processes);
  if (involved.length === 0) return [{ ...found, subject: { kind: "file", path: text.path, id: text.status.id } }];
  return involved.map((process) => ({
    ...found,
    subject: { kind: "process", key: processKey(process) },
    relatedFiles: [text.path],
  }));
}

const blockListLength = 12;

function namesIn(text: ByteString, limit = 1): readonly string[] {
  const plain = poolNames(text, limit);
  return plain.length > 0 || text.length < 16
    ? plain
    : decodeBase64Runs(text.slice(0, textLimit)).flatMap((decoded) => poolNames(decoded, limit));
}

/** Lines of /etc/hosts that lead somewhere: a name sent to nowhere is a block list, and no miner's. */
function withoutSinkholes(content: ByteString): ByteString {
  return content
    .split("\n")
    .filter((line) => !/^\s*(?:#|0\.0\.0\.0|127\.|0\s|::\s|::1\s|::0\s|fe80::1|255\.255\.255\.255)/.test(line))
    .join("\n");
}

function withoutComments({ content, topic }: TextFact): ByteString {
  if (topic === "minerConfig") return content;
  return content
    .split("\n")
    .filter((line) => !/^\s*[#;]/.test(line))
    .join("\n");
}
