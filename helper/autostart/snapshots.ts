import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import type { AutostartDocument } from "#core/autostart/autostartDocument";
import { diffAutostart } from "#core/autostart/diff";
import type { AutostartChange } from "#core/autostart/item";
import { autostartClasses } from "#core/autostart/registry";
import { OpsError } from "#core/opsError";
import { listLimit } from "#protocol/limits";
import { autostartDocumentSchema } from "#protocol/schemas";

/** One stored reading. */
export interface StoredSnapshot {
  /** Milliseconds since the epoch, the host's clock. */
  readonly takenAt: number;
  readonly document: AutostartDocument;
}

export interface AutostartHistory {
  /** Over all stored snapshots, the newest first. */
  readonly changes: readonly AutostartChange[];
  /** Damaged snapshot files that were put aside, and classes that some snapshot had not read completely. */
  readonly notRun: AutostartDocument["notRun"];
}

const classNames = autostartClasses.map(({ className }) => className);
const kept = 50;
const longestBytes = 64 * 2 ** 20;
/** Less than the longest message. */
const historyBytes = 10 * 2 ** 20;

const snapshotSchema = z.object({
  schema: z.literal("countermine/autostart-snapshot@1"),
  takenAt: z.number().check(z.gte(0), z.lte(8.64e15)),
  /** Names of the classes that were read, to tell an empty class from one that did not exist yet. */
  classes: z.array(z.string().check(z.maxLength(512))).check(z.maxLength(1000)),
  document: autostartDocumentSchema,
});

/**
 * Stores a reading under `<stateDir>/autostart/<time>.json`, readable by the owner
 * alone, and removes the oldest when there are more than 50. The file appears whole or
 * not at all.
 * @returns its path
 * @throws OpsError `noSpace`, `readOnly`, `permissionDenied`, `stateDamaged`
 */
export function saveSnapshot(stateDir: string, document: AutostartDocument, takenAt: number = Date.now()): string {
  const folder = join(stateDir, "autostart");
  return explain(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!lstatSync(folder).isDirectory()) throw new OpsError("stateDamaged", `${folder} is not a folder.`);
    const { changes: _, ...stored } = document;
    const text = JSON.stringify({
      schema: "countermine/autostart-snapshot@1",
      takenAt,
      classes: classNames,
      document: stored,
    });
    const names = snapshotNames(folder);
    const target = join(folder, freeName(takenAt, new Set(names)));
    writeWhole(folder, target, text);
    const all = snapshotNames(folder);
    for (const name of all.slice(0, Math.max(0, all.length - kept))) rmSync(join(folder, name), { force: true });
    return target;
  });
}

/** The newest snapshot that is in order, with the files that had to be put aside; undefined when there is none. */
export function latestSnapshot(stateDir: string): {
  readonly snapshot: StoredSnapshot | undefined;
  readonly notRun: AutostartDocument["notRun"];
} {
  const { snapshots, notRun } = readSnapshots(stateDir, 1);
  return { snapshot: snapshots.at(-1), notRun };
}

/** What changed from each stored snapshot to the next. */
export function autostartHistory(stateDir: string): AutostartHistory {
  const { snapshots, notRun } = readSnapshots(stateDir, kept);
  const changes: AutostartChange[] = [];
  const reasons = new Map(notRun.map((entry) => [`${entry.class} ${entry.reason}`, entry]));
  for (const [index, after] of snapshots.entries()) {
    const before = snapshots[index - 1];
    if (!before) continue;
    const diff = diffAutostart(before.document, after.document, after.takenAt);
    changes.push(...diff.changes);
    for (const entry of diff.notRun) reasons.set(`${entry.class} ${entry.reason}`, entry);
  }
  const newest: AutostartChange[] = [];
  let bytes = 0;
  for (const change of changes.reverse()) {
    bytes += Buffer.byteLength(JSON.stringify(change));
    if (bytes > historyBytes || newest.length >= listLimit) break;
    newest.push(change);
  }
  const left = changes.length - newest.length;
  const older =
    left === 0
      ? []
      : [{ class: "history", reason: `${left} older changes were left out: the list would be too long to send.` }];
  return { changes: newest, notRun: [...reasons.values(), ...older] };
}

/** Oldest first; reads from the newest until `count` good ones are found, and puts damaged ones aside. */
function readSnapshots(
  stateDir: string,
  count: number,
): { readonly snapshots: readonly StoredSnapshot[]; readonly notRun: AutostartDocument["notRun"] } {
  const folder = join(stateDir, "autostart");
  const snapshots: StoredSnapshot[] = [];
  const notRun: { class: string; reason: string }[] = [];
  for (const name of snapshotNames(folder).reverse()) {
    if (snapshots.length >= count) break;
    const path = join(folder, name);
    const answer = readSnapshot(path);
    if (typeof answer !== "string") snapshots.push(answer);
    else notRun.push({ class: "snapshots", reason: `${answer} ${putAside(path)}` });
  }
  return { snapshots: snapshots.reverse(), notRun };
}

/** A snapshot, or one sentence on why it is none. */
function readSnapshot(path: string): StoredSnapshot | string {
  try {
    const status = lstatSync(path);
    if (!status.isFile()) return `${path} is not a file.`;
    if (status.size > longestBytes) return `${path} is longer than a snapshot can be.`;
    const parsed = snapshotSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (parsed.success) return { takenAt: parsed.data.takenAt, document: withUnread(parsed.data) };
    const [issue] = parsed.error.issues;
    return `${path} does not have the form of a snapshot${issue ? ` (${issue.path.join(".")}: ${issue.message})` : ""}.`;
  } catch (error) {
    return `${path} could not be read (${error instanceof SyntaxError ? "it is no JSON" : errorCode(error)}).`;
  }
}

/** What an older version did not read is not new when a newer one does. */
function withUnread({ document, classes }: z.infer<typeof snapshotSchema>): AutostartDocument {
  const unread = classNames.filter((name) => !classes.includes(name));
  if (unread.length === 0) return document;
  const reason = "This class was not read when the snapshot was taken.";
  return { ...document, notRun: [...document.notRun, ...unread.map((name) => ({ class: name, reason }))] };
}

function putAside(path: string): string {
  try {
    renameSync(path, `${path}.damaged`);
    return `It was put aside as ${path}.damaged; the other snapshots are used.`;
  } catch (error) {
    return `It could not be put aside (${errorCode(error)}); the other snapshots are used.`;
  }
}

function snapshotNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d{8}T\d{9}Z(?:_\d+)?\.json$/.test(name))
      .sort();
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT") return [];
    throw new OpsError(
      code === "EACCES" || code === "EPERM" ? "permissionDenied" : "stateDamaged",
      `The stored snapshots in ${folder} could not be listed (${code}).`,
      { nextStep: "Run as root, or name another folder with --state-dir.", cause: error },
    );
  }
}

/** `20261123T114501123Z.json`: sorts by time; `_` sorts behind the dot, so a second of the same moment comes later. */
function freeName(takenAt: number, taken: ReadonlySet<string>): string {
  const stem = new Date(takenAt).toISOString().replace(/[-:.]/g, "");
  for (let number = 0; ; number += 1) {
    const name = number === 0 ? `${stem}.json` : `${stem}_${number}.json`;
    if (!taken.has(name)) return name;
  }
}

function writeWhole(folder: string, target: string, text: string): void {
  const draft = join(folder, `.${randomBytes(8).toString("hex")}.draft`);
  try {
    const descriptor = openSync(draft, "wx", 0o600);
    try {
      const bytes = Buffer.from(text, "utf8");
      for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, target);
    const directory = openSync(folder, "r");
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function explain<T>(folder: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (OpsError.is(error)) throw error;
    const code = errorCode(error);
    const kinds = {
      ENOSPC: "noSpace",
      EDQUOT: "noSpace",
      EROFS: "readOnly",
      EACCES: "permissionDenied",
      EPERM: "permissionDenied",
    } as const;
    const kind = code in kinds ? kinds[code as keyof typeof kinds] : "stateDamaged";
    throw new OpsError(
      kind,
      `The snapshot could not be stored in ${folder} (${code}); nothing was left half-written.`,
      {
        nextStep: "Free space, or name another folder with --state-dir.",
        cause: error,
      },
    );
  }
}

function errorCode(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
}
