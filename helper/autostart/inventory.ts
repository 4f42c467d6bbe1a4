import type { AutostartClass, AutostartEntry, AutostartFile } from "#core/autostart/autostartClass";
import type { AutostartDocument } from "#core/autostart/autostartDocument";
import type { AutostartItem } from "#core/autostart/item";
import { autostartClasses } from "#core/autostart/registry";
import type { Ownership } from "#core/facts/facts";
import { type Host, isFailure } from "#core/facts/host";
import { type Observed, seen, unseen } from "#core/facts/observed";
import { OpsError } from "#core/opsError";
import type { Account } from "#core/parsers/passwd";
import type { ByteString } from "#core/text/byteString";
import { showBytes } from "#core/text/showBytes";
import { listLimit } from "#protocol/limits";
import { readPeople } from "./accounts.ts";
import { fairShare } from "./fairShare.ts";
import { FileReader } from "./fileReader.ts";
import type { OwnershipLookup } from "./ownershipLookup.ts";
import { findProgram, linkChain, type ProgramPlace } from "./programs.ts";
import { rootedHost } from "./rootedHost.ts";
import { toItem } from "./toItem.ts";

/**
 * Which of the paths carry the immutable or append-only flag. A path that is missing
 * from the answer could not be asked.
 */
type FlagReader = (
  paths: readonly ByteString[],
  signal: AbortSignal | undefined,
) => Promise<ReadonlyMap<ByteString, boolean>>;

export interface InventoryOptions {
  /** Absolute path of an offline root file system; `/`, the default, is the host itself. */
  readonly root?: ByteString;
  /** Over the same root, and with paths as seen inside it: `packageOwnership(rootedHost(host, root))`. */
  readonly ownership: OwnershipLookup;
  /** How to learn of immutable files (`lsattrFlags` on a live host); without it the items do not say. */
  readonly flags?: FlagReader;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: InventoryProgress) => void;
  /** All of the registry, when left out. */
  readonly classes?: readonly AutostartClass[];
}

export interface InventoryProgress {
  readonly phase: "autostart";
  readonly message: string;
  readonly done: number;
  readonly total: number;
}

/** An entry on its way to become an item. */
interface Found {
  readonly autostartClass: AutostartClass;
  readonly entry: AutostartEntry;
  readonly file: AutostartFile;
}

/**
 * Everything that starts by itself on a host or in an offline root, class by class.
 * A class that could not look, or not everywhere, is in `notRun` with the reasons, and
 * its items, as far as there are any, are in the list all the same.
 * @throws OpsError `cancelled`
 */
export async function readInventory(host: Host, options: InventoryOptions): Promise<AutostartDocument> {
  const { ownership, flags, signal, onProgress, classes = autostartClasses } = options;
  const place = options.root === undefined || options.root === "/" ? host : rootedHost(host, options.root);
  const people = readPeople(place);
  const osIds = readOsIds(place);
  const reader = new FileReader(place, ownership, people.homes);
  const notRun: { class: string; reason: string }[] = [];
  const found: Found[] = [];
  const total = classes.length + 1;

  for (const [done, autostartClass] of classes.entries()) {
    await breathe(place, signal);
    onProgress?.({ phase: "autostart", message: autostartClass.className, done, total });
    const needsHomes = autostartClass.reads.some((pattern) => typeof pattern === "string" && pattern.startsWith("~"));
    const { files, gaps } = await reader.filesOf(autostartClass);
    const problems = [...(needsHomes ? people.gaps : []), ...gaps];
    const entries = parse(autostartClass, files, problems, people.accounts, osIds);
    const reasons = entries.kind === "unseen" ? [entries.reason] : entries.gaps;
    if (reasons.length > 0)
      notRun.push({ class: autostartClass.className, reason: showReasons(entries.kind === "seen", reasons) });
    if (entries.kind === "unseen") continue;
    const byPath = new Map(files.map((file) => [file.path, file]));
    for (const entry of entries.value) {
      const file = byPath.get(entry.path);
      if (file) found.push({ autostartClass, entry, file });
    }
  }

  onProgress?.({ phase: "autostart", message: "owners and digests", done: classes.length, total });
  const { kept: chosen, cut } = fairShare(found, listLimit, groupOf);
  noteCut(notRun, cut, `more than ${listLimit} in all`);
  const kept = chosen.map((one) => ({ ...one, program: findProgram(place, one.entry, people.accounts) }));
  // Root's programs first: an account with many large ones cannot use up the bytes that are set aside for digests.
  for (const isRoots of [true, false]) {
    for (const { program } of kept) {
      if (program?.kind !== "found" || (program.status.uid === 0) !== isRoots || reader.hasDigest(program.path))
        continue;
      reader.digest(program.path);
      await breathe(place, signal);
    }
  }
  const ownerOf = await prepareOwners(place, ownership, kept);
  // lsattr asks the kernel, which knows nothing of another root.
  const fixed =
    flags && place === host ? await flags([...new Set(kept.map(({ file }) => file.path))], signal) : undefined;
  const items = new Map<string, { readonly item: AutostartItem; readonly group: string; readonly bytes: number }>();
  for (const [index, { autostartClass, ...one }] of kept.entries()) {
    if (index % 20 === 0) await breathe(place, signal);
    const item = toItem(autostartClass, {
      ...one,
      owner: ownerOf(one.file.path),
      programOwner: one.program ? ownerOf(one.program.path) : "unknown",
      isImmutable: fixed?.get(one.file.path),
      digest: (path) => reader.digest(path),
    });
    if (items.has(item.id)) continue;
    const bytes = Buffer.byteLength(JSON.stringify(item));
    items.set(item.id, { item, group: groupOf({ autostartClass, ...one }), bytes });
  }
  for (const reason of reader.gaps) notRun.push({ class: "digests", reason });
  for (const reason of ownership.gaps?.() ?? []) notRun.push({ class: "package owners", reason });
  const sent = fairShare(
    [...items.values()],
    documentBytes,
    ({ group }) => group,
    ({ bytes }) => bytes,
  );
  noteCut(notRun, sent.cut, "the list would be too long to send");
  return { schema: "countermine/autostart@1", items: sent.kept.map(({ item }) => item), notRun };
}

/** A third of the longest message: a comparison carries an item up to three times. */
const documentBytes = 5 * 2 ** 20;

function noteCut(notRun: { class: string; reason: string }[], cut: ReadonlyMap<string, number>, why: string): void {
  for (const [group, count] of cut) {
    const [className = "", scope = ""] = group.split("\0");
    const whose = scope === "" ? "the system" : showBytes(scope, 200);
    notRun.push({ class: className, reason: `${count} items of ${whose} were left out: ${why}.` });
  }
}

/** Class and account, or the whole system. */
function groupOf({ autostartClass, entry }: Found): string {
  return `${autostartClass.className}\0${entry.scope}`;
}

function parse(
  autostartClass: AutostartClass,
  files: readonly AutostartFile[],
  gaps: readonly string[],
  accounts: readonly Account[],
  osIds: readonly string[],
): Observed<readonly AutostartEntry[]> {
  const cut = files.filter(({ isTruncated }) => isTruncated).map(tooLong);
  const { entries, problems } = autostartClass.parse({ files, accounts, osIds });
  const all = [...gaps, ...cut, ...problems];
  if (files.every(isUnread) && all.length > 0) return unseen(all.slice(0, 20).join(" "));
  return seen(entries, all);
}

/** A file that is there and whose content was withheld; links and devices have none to withhold. */
function isUnread(file: AutostartFile): boolean {
  return file.content === undefined && (file.linked ?? file.status).kind === "file";
}

/** Asks for the owners of all files and programs at once; the answer of a link is that of the first step that has an owner. */
async function prepareOwners(
  host: Host,
  ownership: OwnershipLookup,
  found: readonly (Found & { readonly program: ProgramPlace | undefined })[],
): Promise<(path: ByteString) => Ownership> {
  const paths = new Set(found.flatMap(({ file, program }) => (program ? [file.path, program.path] : [file.path])));
  const chains = new Map(
    [...paths].filter((path) => path.startsWith("/")).map((path) => [path, linkChain(host, path)]),
  );
  await ownership.prepare?.([...new Set([...chains.values()].flat())]);
  return (path) => {
    const owners = (chains.get(path) ?? []).map((step) => ownership.ownerOf(step));
    return owners.find((owner) => owner !== "unowned") ?? owners[0] ?? "unknown";
  };
}

function tooLong({ path }: AutostartFile): string {
  return `${showBytes(path, 300)}: longer than 256 KiB; the rest was hashed but not read.`;
}

function showReasons(isPartial: boolean, reasons: readonly string[]): string {
  const shown = reasons.slice(0, 20).join(" ");
  const more = reasons.length > 20 ? ` And ${reasons.length - 20} more.` : "";
  return `${isPartial ? "Read in part. " : "Could not be read. "}${shown}${more}`.slice(0, 8000);
}

function readOsIds(host: Host): readonly string[] {
  const texts = ["/etc/os-release", "/usr/lib/os-release"].map((path) => host.read(path, 64 * 1024));
  const text = texts.find((answer): answer is ByteString => !isFailure(answer)) ?? "";
  return text.split("\n").flatMap((line) => {
    const match = /^ID(?:_LIKE)?=["']?([^"']*)/.exec(line);
    return match ? (match[1] ?? "").toLowerCase().split(/\s+/).filter(Boolean) : [];
  });
}

/** Lets the session's heartbeat and a cancellation through. */
async function breathe(host: Host, signal: AbortSignal | undefined): Promise<void> {
  await host.wait(0);
  if (signal?.aborted) throw new OpsError("cancelled", "The inventory was cancelled; nothing was changed.");
}
