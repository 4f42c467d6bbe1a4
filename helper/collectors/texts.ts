import type { TextFact, TextTopic } from "#core/facts/facts";
import { isFailure, type FileId, type FileStatus, type Host } from "#core/facts/host";
import { processKey, type ProcessFact, type ProcessKey } from "#core/facts/process";
import { seen, type Observed } from "#core/facts/observed";
import type { Account } from "#core/parsers/passwd";
import type { CollectLimits } from "./collectOptions.ts";
import { Gaps, isGone } from "./gaps.ts";
import { preloadViews } from "./preloadViews.ts";
import { systemTexts, type TextPlace } from "./textPlaces.ts";
import { suspectTexts, unitTexts } from "./suspectTexts.ts";

export interface TextsContext {
  readonly euid: number;
  readonly limits: CollectLimits;
  readonly accounts: readonly Account[];
  readonly mountNamespace: string;
  readonly signal?: AbortSignal;
}

/** The end of a history is what matters; this much is read to get there. */
const historyBytes = 4 << 20;
const batchSize = 64;

/** Heads of the text files that may start, configure or hide a miner. */
export async function collectTexts(
  host: Host,
  { processes, suspects }: { readonly processes: readonly ProcessFact[]; readonly suspects: readonly ProcessFact[] },
  context: TextsContext,
): Promise<Observed<readonly TextFact[]>> {
  const gaps = new Gaps(context.euid);
  const texts = new Map<string, TextFact>();
  let read = 0;
  const places = [
    ...systemTexts(host, context.accounts, gaps),
    ...unitTexts(processes),
    ...suspectTexts(host, suspects, context, gaps),
  ];
  for (const place of places) {
    if (texts.size >= context.limits.textFiles) {
      gaps.say(`Only ${context.limits.textFiles} text files were read.`);
      break;
    }
    const status = host.stat(place.path);
    if (isFailure(status)) {
      if (!isGone(status)) gaps.count(noun(place.topic), status);
      continue;
    }
    if (status.kind !== "file") continue;
    addText(host, texts, place, status, { gaps, limits: context.limits });
    read += 1;
    if (read % batchSize !== 0) continue;
    await host.wait(0);
    context.signal?.throwIfAborted();
  }
  const preload = preloadViews(host);
  if (preload !== undefined) texts.set("preload", preload);
  return seen([...texts.values()], gaps.list());
}

function addText(
  host: Host,
  texts: Map<string, TextFact>,
  { topic, path, process }: TextPlace,
  status: FileStatus,
  { gaps, limits }: { readonly gaps: Gaps; readonly limits: CollectLimits },
): void {
  const keys: readonly ProcessKey[] = process === undefined ? [] : [processKey(process)];
  const known = texts.get(textId(topic, status.id));
  if (known !== undefined) {
    const processes = [...new Set([...known.processes, ...keys])];
    texts.set(textId(topic, status.id), { ...known, processes });
    return;
  }
  const isHistory = topic === "history";
  const bytes = host.read(path, isHistory ? historyBytes : limits.textBytes);
  if (isFailure(bytes)) {
    if (!isGone(bytes)) gaps.count(noun(topic), bytes);
    return;
  }
  const content = isHistory ? bytes.slice(-limits.textBytes) : bytes;
  texts.set(textId(topic, status.id), {
    topic,
    path,
    status,
    content,
    isTruncated: content.length < status.size,
    processes: keys,
  });
}

function textId(topic: TextTopic, id: FileId): string {
  return `${topic} ${id}`;
}

function noun(topic: TextTopic): string {
  switch (topic) {
    case "preload":
      return "preload list";
    case "cron":
      return "cron table";
    case "unit":
      return "systemd unit";
    case "profile":
      return "shell profile";
    case "hosts":
      return "hosts file";
    case "minerConfig":
      return "file beside a suspect program";
    case "script":
      return "script that runs";
    case "history":
      return "shell history";
    case "pam":
      return "PAM configuration";
    case "rcLocal":
      return "boot script";
  }
}
