import type { OwnershipFact, TextFact, TextTopic } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { findDownloadAndRun, type DownloadAndRun } from "../../shell/downloadAndRun.ts";
import { downloadSources, type SourceKind } from "../../shell/downloadSources.ts";
import type { ByteString } from "../../text/byteString.ts";
import { showBytes } from "../../text/showBytes.ts";
import { isBareShell } from "../bareShell.ts";
import { defineCheck, type Finding } from "../check.ts";
import { isDownloader, isScriptLanguage, isShell, programName } from "../programName.ts";

export const check = defineCheck({
  id: "P11",
  slug: "download-and-run",
  title: "Command that downloads a program and runs it unread",
  category: "Abnormal system behavior",
  type: "Suspicious command executions",
  severity: "high",
  attack: ["T1105", "T1059.004"],
  maturity: "stable",
  needs: ["processes", "texts", "ownership"],
  falsePositives: [
    "An installer of a project that is not in the list of official ones.",
    "A first-boot or bootstrap script of an organisation that fetches the next one from its own server.",
  ],
  weakness:
    "A download and its execution in two separate commands, or by a compiled program, is not one command any more.",
  run({ processes, texts, ownership }): readonly Finding[] {
    const writers = writersByPipe(processes);
    return [
      ...processes.flatMap((process) => judgeCommand(process) ?? judgePipeline(process, writers) ?? []),
      ...texts.flatMap((text) => judgeText(text, ownership)),
    ];
  },
});

const launchers = new Set([
  "sudo",
  "su",
  "doas",
  "nohup",
  "setsid",
  "timeout",
  "env",
  "flock",
  "xargs",
  "script",
  "watch",
  "at",
  "cron",
  "crond",
  "runuser",
  "systemd-run",
]);

function judgeCommand(process: ProcessFact): Finding | undefined {
  const name = programName(process);
  if (!isShell(name) && !isScriptLanguage(name) && !launchers.has(name)) return undefined;
  for (const argument of process.argv.slice(1)) {
    const worst = worstIn(argument);
    if (worst === undefined) continue;
    const { found, points } = worst;
    return {
      subject: { kind: "process", key: processKey(process) },
      points,
      text: describe("Its command", found),
      source: `/proc/${process.pid}/cmdline`,
      severity: points >= 60 ? "high" : "medium",
    };
  }
  return undefined;
}

/** The same without any text: a shell without a script reads a pipe into which a downloader writes. */
function judgePipeline(process: ProcessFact, writers: ReadonlyMap<ByteString, ProcessFact>): Finding | undefined {
  if (!isShell(programName(process)) && !isScriptLanguage(programName(process))) return undefined;
  if (isShell(programName(process)) ? !isBareShell(process) : process.argv.length > 1) return undefined;
  let stream = process.standardStreams[0];
  for (let step = 0; step < 4 && stream?.startsWith("pipe:[") === true; step += 1) {
    const writer = writers.get(stream);
    if (writer === undefined || writer === process) return undefined;
    if (isDownloader(programName(writer))) {
      const text = writer.argv.join(" ").slice(0, 65_536);
      const found: DownloadAndRun = { form: "pipe", sources: downloadSources(text), isEncoded: false };
      const points = pointsOf(found, text);
      if (points === 0) return undefined;
      return {
        subject: { kind: "process", key: processKey(process) },
        points,
        text: `${describe("A pipeline", found)} The download is process ${writer.pid}.`,
        source: `/proc/${process.pid}/fd/0`,
        severity: points >= 60 ? "high" : "medium",
      };
    }
    stream = writer.standardStreams[0];
  }
  return undefined;
}

function writersByPipe(processes: readonly ProcessFact[]): ReadonlyMap<ByteString, ProcessFact> {
  const writers = new Map<ByteString, ProcessFact>();
  for (const process of processes) {
    const output = process.standardStreams[1];
    if (output?.startsWith("pipe:[") === true) writers.set(output, process);
  }
  return writers;
}

/** How much each kind of text weighs: history tells of the past, and scripts of projects do download things. */
const topics: Readonly<Partial<Record<TextTopic, { readonly most: number; readonly less: number }>>> = {
  cron: { most: 85, less: 0 },
  unit: { most: 85, less: 0 },
  profile: { most: 85, less: 0 },
  rcLocal: { most: 85, less: 0 },
  script: { most: 65, less: 15 },
  history: { most: 20, less: 30 },
};

function judgeText(text: TextFact, ownership: OwnershipFact): readonly Finding[] {
  const weight = topics[text.topic];
  if (weight === undefined || typeof ownership.byPath.get(text.path) === "object") return [];
  const lines = text.content.split("\n").filter((line) => !/^\s*#(?!!)/.test(line));
  // A script may download in one line and run in another; other files have a command per line.
  const units = text.topic === "script" ? [lines.join("\n")] : lines;
  let strongest: Finding | undefined;
  for (const unit of units) {
    const worst = worstIn(unit);
    const points = worst === undefined ? 0 : Math.min(weight.most, worst.points - weight.less);
    if (worst === undefined || points <= (strongest?.points ?? 0)) continue;
    const { found } = worst;
    strongest = {
      subject: { kind: "file", path: text.path, id: text.status.id },
      points,
      text: describe(text.topic === "history" ? "A command in the past" : "A command in this file", found),
      source: showBytes(text.path, 300),
      severity: points >= 60 ? "high" : "medium",
    };
  }
  return strongest === undefined ? [] : [strongest];
}

function worstIn(text: ByteString): { readonly found: DownloadAndRun; readonly points: number } | undefined {
  if (text.length < 16) return undefined;
  const weighed = findDownloadAndRun(text).map((found) => ({ found, points: pointsOf(found, text) }));
  return weighed.filter(({ points }) => points > 0).sort((left, right) => right.points - left.points)[0];
}

const sourcePoints: Readonly<Record<SourceKind, number>> = {
  official: 0,
  named: 40,
  unencrypted: 55,
  address: 65,
  disposable: 65,
};

function pointsOf(found: DownloadAndRun, text: ByteString): number {
  const { sources, form, isEncoded } = found;
  // One official address must not excuse another one beside it.
  if (!isEncoded && form !== "decoded" && sources.length > 0 && sources.every(({ kind }) => kind === "official"))
    return 0;
  const worst = sources.length === 0 ? 50 : Math.max(...sources.map(({ kind }) => sourcePoints[kind]));
  const base = isEncoded ? 75 : form === "decoded" ? 60 : form === "device" ? Math.max(worst, 65) : worst;
  const isQuiet = /\/dev\/null/.test(text) && /\bnohup\b|\bsetsid\b|&\s*$|&\s*\)/.test(text);
  const namesTemporary = /(?:\/var)?\/tmp\/|\/dev\/shm/.test(text) && form === "file";
  return Math.min(85, base + (isQuiet ? 10 : 0) + (namesTemporary ? 5 : 0));
}

function describe(what: string, { form, sources, isEncoded }: DownloadAndRun): string {
  const does: Readonly<Record<DownloadAndRun["form"], string>> = {
    pipe: "runs what it downloads, unread",
    file: "downloads a file and runs it",
    decoded: "decodes a text and runs the result",
    device: "downloads with the shell's own network device and runs the result",
  };
  const from = sources.find(({ kind }) => kind !== "official")?.url;
  const where = from === undefined ? "" : `, from ${showBytes(from, 200)}`;
  return `${what} ${does[form]}${where}${isEncoded ? "; it is itself hidden in base64" : ""}.`;
}
