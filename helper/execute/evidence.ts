import { createHash } from "node:crypto";
import fs from "node:fs";
import { open, rename, statfs } from "node:fs/promises";
import { OpsError } from "#core/opsError";
import type { ByteString } from "#core/text/byteString";
import { showBytes } from "#core/text/showBytes";
import { socketInodesOf } from "#helper/policy/ownSession";
import { writeContainer } from "#helper/quarantine/container";
import type { StateDirectory } from "#helper/quarantine/stateDirectory";
import { removeIfPresent, writeFileSafely } from "#helper/quarantine/writeFileSafely";
import { changeError } from "./changeError.ts";
import { errorCode } from "./errorCode.ts";
import type { FrozenProcess } from "./freeze.ts";
import { maskEnvironment } from "./maskSecrets.ts";
import { openQuietly } from "./openQuietly.ts";
import { withTimeout } from "./withTimeout.ts";

export interface EvidenceSummary {
  /** SHA-256 of the executable, when it could be read. */
  readonly sha256?: string;
  readonly size?: number;
  /** What could not be kept, one sentence each. */
  readonly gaps: readonly string[];
}

const answerMs = 5000;
const textLimit = 4 * 2 ** 20;
const sampleLimit = 2 * 2 ** 30;

/**
 * Keeps what can still be learned from a frozen process: a neutralised copy of its
 * executable, taken through /proc/PID/exe so that a deleted or memory-only one is kept
 * as well, and what /proc says about it. What can't be read is a gap; an error is only
 * that nothing can be stored. Throws an OpsError `noSpace`, `readOnly`, `stateDamaged`.
 */
export async function keepEvidence(
  frozen: FrozenProcess,
  plan: string,
  state: StateDirectory,
  samples: Map<string, Sample>,
): Promise<EvidenceSummary> {
  const { live, identity } = frozen;
  const folder = `${identity.pid}-${identity.startTime}`;
  const place = (name: string): Buffer => state.entry("evidence", plan, folder, name);
  const gaps: string[] = [];
  try {
    const exeId = live.exeId() ?? "";
    const sample = samples.get(exeId) ?? (await keepExecutable(frozen, state, plan, gaps));
    if (sample !== undefined && exeId !== "") samples.set(exeId, sample);
    const maps = await readText(frozen, "maps", gaps);
    writeFileSafely(place("maps"), Buffer.from(maps, "latin1"));
    const split = (text: ByteString): readonly ByteString[] => text.split("\0").filter((entry) => entry !== "");
    const manifest = {
      schema: "countermine/evidence@1",
      plan,
      keptAt: Date.now(),
      identity,
      exe: showBytes(live.readLink("exe") ?? "", 4096),
      ...(sample === undefined ? {} : { sample }),
      cwd: showBytes(live.readLink("cwd") ?? "", 4096),
      root: showBytes(live.readLink("root") ?? "", 4096),
      argv: split(await readText(frozen, "cmdline", gaps)).map((argument) => showBytes(argument, 16_384)),
      environment: maskEnvironment(split(await readText(frozen, "environ", gaps))).map((entry) =>
        showBytes(entry, 16_384),
      ),
      status: showLines(await readText(frozen, "status", gaps)),
      cgroup: showLines(await readText(frozen, "cgroup", gaps)),
      descriptors: descriptorsOf(frozen, gaps),
      sockets: await socketRows(frozen),
      files: { maps: createHash("sha256").update(maps, "latin1").digest("hex") },
      gaps,
    };
    writeFileSafely(place("manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    return sample === undefined ? { gaps } : { sha256: sample.sha256, size: sample.size, gaps };
  } catch (error) {
    throw changeError(error, `Keeping evidence of process ${identity.pid}`);
  }
}

export interface Sample {
  readonly sha256: string;
  readonly size: number;
  /** Name of the container below the plan's evidence folder. */
  readonly file: string;
}

async function keepExecutable(
  frozen: FrozenProcess,
  state: StateDirectory,
  plan: string,
  gaps: string[],
): Promise<Sample | undefined> {
  const { live, identity } = frozen;
  let source: fs.promises.FileHandle;
  try {
    source = await withTimeout(openQuietly(live.path("exe")), answerMs, "The executable's file system");
  } catch (error) {
    gaps.push(`the executable could not be read (${OpsError.is(error) ? error.kind : errorCode(error)})`);
    return undefined;
  }
  const draft = state.entry("evidence", plan, `draft-${identity.pid}-${identity.startTime}`);
  try {
    const status = await source.stat({ bigint: true });
    if (status.size > BigInt(sampleLimit)) {
      gaps.push(`the executable is larger than ${sampleLimit / 2 ** 30} GiB`);
      return undefined;
    }
    await requireRoom(state, status.blocks * 512n);
    removeIfPresent(draft);
    const { sha256 } = await writeContainer(draft, source, Number(status.size), status.blocks * 512n < status.size);
    const file = `${sha256}.sample`;
    await rename(draft, state.entry("evidence", plan, file));
    return { sha256, size: Number(status.size), file };
  } catch (error) {
    removeIfPresent(draft);
    throw error;
  } finally {
    await source.close();
  }
}

async function requireRoom(state: StateDirectory, bytes: bigint): Promise<void> {
  const space = await statfs(Buffer.from(state.path, "latin1"));
  if (space.bavail * space.bsize < Number(bytes) * 1.1 + 2 ** 16)
    throw new OpsError("noSpace", "There is no room to keep the executable as evidence.", {
      nextStep: "Free some space on the file system of the state folder and try again.",
    });
}

/** Reading a command line or a map can wait for a lock that a hung process holds, so it has a time limit. */
async function readText(frozen: FrozenProcess, name: string, gaps: string[]): Promise<ByteString> {
  const read = async (): Promise<ByteString> => {
    const file = await open(frozen.live.path(name), fs.constants.O_RDONLY);
    try {
      const chunks: Buffer[] = [];
      let total = 0;
      while (total < textLimit) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(65_536), 0, 65_536, null);
        if (bytesRead === 0) break;
        chunks.push(buffer.subarray(0, bytesRead));
        total += bytesRead;
      }
      return Buffer.concat(chunks).toString("latin1");
    } finally {
      await file.close();
    }
  };
  try {
    return await withTimeout(read(), answerMs, name);
  } catch (error) {
    gaps.push(`${name} could not be read (${OpsError.is(error) ? error.kind : errorCode(error)})`);
    return "";
  }
}

const descriptorLimit = 4096;

function descriptorsOf(frozen: FrozenProcess, gaps: string[]): readonly string[] {
  try {
    const names = fs.readdirSync(frozen.live.path("fd"));
    if (names.length > descriptorLimit) gaps.push(`only ${descriptorLimit} of ${names.length} descriptors are listed`);
    return names
      .slice(0, descriptorLimit)
      .map((name) => `${name} -> ${showBytes(frozen.live.readLink(`fd/${name}`) ?? "?", 1000)}`);
  } catch (error) {
    gaps.push(`the descriptors could not be listed (${errorCode(error)})`);
    return [];
  }
}

/** Rows of the process's own network namespace for the sockets that it holds. */
async function socketRows(frozen: FrozenProcess): Promise<readonly string[]> {
  const inodes = new Set(socketInodesOf(frozen.live));
  if (inodes.size === 0) return [];
  const rows: string[] = [];
  for (const table of ["tcp", "tcp6", "udp", "udp6", "raw", "packet", "unix"]) {
    const text = await readText(frozen, `net/${table}`, []);
    for (const line of text.split("\n").slice(1))
      if (line.split(/\s+/).some((field) => inodes.has(field))) rows.push(`${table} ${showBytes(line.trim(), 500)}`);
  }
  return rows;
}

function showLines(text: ByteString): readonly string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => showBytes(line, 1000));
}
