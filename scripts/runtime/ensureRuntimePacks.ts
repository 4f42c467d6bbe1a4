import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildPack } from "./buildPack.ts";
import type { Architecture } from "./fetchParts.ts";

const nodeVersion = "24.21.0";
/** Raise it when a pack of the same Node is built differently; the cache is keyed by it. */
const recipe = 1;
const architectures: readonly Architecture[] = ["x64", "arm64"];

interface PackRecord {
  /** Of the archive as it is sent. */
  readonly sha256: string;
  readonly bytes: number;
  readonly unpackedBytes: number;
  readonly node: string;
  readonly loader: string;
  readonly libraries: readonly string[];
}

type Manifest = Readonly<Record<Architecture, PackRecord>>;

/**
 * Brings dist/runtime/ to one pack per architecture and a manifest. Builds each pack once
 * into `$COUNTERMINE_CACHE` or `~/.cache/countermine`; does nothing when all is in place.
 * Throws with what is missing: npm's registry, Debian's packages, or apt itself.
 */
export function ensureRuntimePacks(root: string, log: (line: string) => void = console.log): "present" | "built" {
  const output = join(root, "dist/runtime");
  if (isComplete(output)) return "present";
  const cache = process.env["COUNTERMINE_CACHE"] ?? join(homedir(), ".cache", "countermine");
  const built = join(cache, `runtime-${nodeVersion}-${recipe}`);
  if (!isComplete(built)) buildPacks(cache, built, log);
  mkdirSync(output, { recursive: true });
  // The manifest comes last: with it the folder counts as complete.
  for (const file of [...architectures.map(packName), "manifest.json"])
    copyFileSync(join(built, file), join(output, file));
  return "built";
}

function buildPacks(cache: string, built: string, log: (line: string) => void): void {
  log("Building the runtime packs (once, about a minute)...");
  mkdirSync(cache, { recursive: true });
  const partial = mkdtempSync(`${built}.partial-`);
  const work = join(partial, "work");
  try {
    const records = architectures.map((architecture) => {
      const pack = buildPack(join(work, architecture), architecture, nodeVersion, log);
      const packed = gzipSync(pack.archive, { level: 9 });
      writeFileSync(join(partial, packName(architecture)), packed);
      const record: PackRecord = {
        sha256: createHash("sha256").update(packed).digest("hex"),
        bytes: packed.length,
        unpackedBytes: pack.unpackedBytes,
        node: nodeVersion,
        loader: pack.loader,
        libraries: pack.libraries,
      };
      return [architecture, record] as const;
    });
    writeFileSync(join(partial, "manifest.json"), `${JSON.stringify(Object.fromEntries(records), null, 2)}\n`);
    rmSync(work, { recursive: true, force: true });
    rmSync(built, { recursive: true, force: true });
    renameSync(partial, built);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Whether the folder holds the packs that its own manifest describes, of the Node we want. */
function isComplete(folder: string): boolean {
  const manifest = readManifest(join(folder, "manifest.json"));
  return architectures.every((architecture) => {
    const record = manifest[architecture];
    const pack = join(folder, packName(architecture));
    if (record?.node !== nodeVersion || !existsSync(pack)) return false;
    return createHash("sha256").update(readFileSync(pack)).digest("hex") === record.sha256;
  });
}

function readManifest(file: string): Partial<Manifest> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Partial<Manifest>;
  } catch {
    // Missing or cut short: the packs are put there again.
    return {};
  }
}

function packName(architecture: Architecture): string {
  return `linux-${architecture}.tar.gz`;
}
