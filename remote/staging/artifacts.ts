import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as z from "zod/mini";
import { OpsError } from "#core/opsError";

/** What is brought to a host. Digests are of the bytes as they are sent. */
export interface Artifact {
  readonly sha256: string;
  readonly bytes: Buffer;
}

export interface Artifacts {
  /** SHA-256 of the bundle itself: names the cache folder, and is the helper's build. */
  readonly build: string;
  readonly helper: Artifact;
  /** The runtime pack for `uname -m`, or undefined where none was built. */
  runtime(machine: string): RuntimePack | undefined;
}

export interface RuntimePack extends Artifact {
  /** File name of the dynamic loader inside the pack. */
  readonly loader: string;
  readonly unpackedBytes: number;
}

const manifestSchema = z.record(
  z.string(),
  z.object({ sha256: z.string(), loader: z.string().check(z.regex(/^ld-linux[\w.-]+$/)), unpackedBytes: z.number() }),
);

const packNames: Readonly<Record<string, string>> = { x86_64: "x64", amd64: "x64", aarch64: "arm64", arm64: "arm64" };

/**
 * Reads the bundle and the runtime packs from the folder of the running program.
 * @throws OpsError `helperMissing`
 */
export function readArtifacts(folder: string): Artifacts {
  let bundle: Buffer;
  try {
    bundle = readFileSync(join(folder, "helper.cjs"));
  } catch (cause) {
    throw new OpsError("helperMissing", "This installation of Countermine lacks its helper program.", {
      nextStep: "Install the extension again, or run `npm run build` in a checkout.",
      cause,
    });
  }
  const packed = gzipSync(bundle, { level: 9 });
  return {
    build: sha256(bundle),
    helper: { sha256: sha256(packed), bytes: packed },
    runtime: (machine) => readRuntime(join(folder, "runtime"), packNames[machine]),
  };
}

function readRuntime(folder: string, name: string | undefined): RuntimePack | undefined {
  if (name === undefined) return undefined;
  let manifest: z.infer<typeof manifestSchema>;
  let bytes: Buffer;
  try {
    manifest = manifestSchema.parse(JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")));
    bytes = readFileSync(join(folder, `linux-${name}.tar.gz`));
  } catch {
    return undefined;
  }
  const entry = manifest[name];
  if (!entry || entry.sha256 !== sha256(bytes)) return undefined;
  return { sha256: entry.sha256, bytes, loader: entry.loader, unpackedBytes: entry.unpackedBytes };
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
