import { realpath, statfs } from "node:fs/promises";
import type { ResolvedFile } from "#core/actions/responseInput";
import type { FileId } from "#core/facts/host";
import type { ProcessIdentity } from "#core/facts/process";
import { OpsError } from "#core/opsError";
import type { ByteString } from "#core/text/byteString";
import { basename, dirname } from "#core/text/paths";
import { showBytes } from "#core/text/showBytes";
import { judgeFile } from "#helper/policy/neverTouch";
import type { PolicyContext } from "#helper/policy/neverTouch";
import type { Override, Verdict } from "#helper/policy/verdict";
import { digestOf } from "#helper/quarantine/container";
import { accountName } from "#helper/quarantine/fileMetadata";
import { readAttributes } from "#helper/quarantine/inodeAttributes";
import { isolateSizeLimit } from "#helper/quarantine/isolateFile";
import { bytesOfPath, wirePath } from "./bytesOfPath.ts";
import { resolveThrough } from "./foreignRoot.ts";
import { answered, holdFile, kindOf, openHeld, releaseFile } from "./heldFile.ts";
import type { HeldFile } from "./heldFile.ts";
import { LiveProcess, listPids } from "./liveProcess.ts";
import { findOtherNames } from "./otherNames.ts";

export interface FileRequest {
  readonly path: ByteString;
  /** Refused when the path leads to another inode: a decoy beside a running program (RELIABILITY F31). */
  readonly expectedId?: string;
  readonly through?: ProcessIdentity;
  readonly override?: Override;
}

/**
 * Turns a path into a target: the inode, its digest, its other names, and whether it
 * may be taken. Links above it are resolved now, so that the plan names the real place.
 * Throws an OpsError: `notFound`, `refused` (no regular file), `preconditionChanged`, `badInput`.
 */
export async function resolveFile(request: FileRequest, policy: PolicyContext): Promise<ResolvedFile> {
  const foreign = request.through === undefined ? undefined : resolveThrough(request.through);
  try {
    const path = foreign === undefined ? await canonicalPath(request.path) : bytesOfPath(wirePath(request.path));
    const held = await holdFile(path, foreign?.root);
    try {
      if (request.expectedId !== undefined && held.id !== request.expectedId)
        throw new OpsError(
          "preconditionChanged",
          `${showBytes(path, 200)} leads to another file than the one that runs; it is left alone.`,
        );
      requireIsolatable(held, path);
      return await describeFile(request, policy, { path, held, root: foreign?.root });
    } finally {
      await releaseFile(held);
    }
  } finally {
    foreign?.close();
  }
}

async function canonicalPath(path: ByteString): Promise<ByteString> {
  const bytes = bytesOfPath(wirePath(path));
  try {
    const folder = await answered(realpath(Buffer.from(dirname(bytes), "latin1"), { encoding: "buffer" }), path);
    const text = folder.toString("latin1");
    return `${text === "/" ? "" : text}/${basename(bytes)}`;
  } catch (error) {
    if (OpsError.is(error)) throw error;
    throw new OpsError("notFound", `${showBytes(path, 200)} does not exist.`, { cause: error });
  }
}

function requireIsolatable(held: HeldFile, path: ByteString): void {
  if (!held.status.isFile())
    throw new OpsError(
      "refused",
      `${showBytes(path, 200)} is a ${kindOf(held.status)}; only regular files are isolated.`,
    );
  if (held.status.size > BigInt(isolateSizeLimit))
    throw new OpsError("refused", `${showBytes(path, 200)} is larger than ${isolateSizeLimit / 2 ** 30} GiB.`);
}

async function describeFile(
  request: FileRequest,
  policy: PolicyContext,
  found: { readonly path: ByteString; readonly held: HeldFile; readonly root: string | undefined },
): Promise<ResolvedFile> {
  const { path, held, root } = found;
  const isForeignNamespace = request.through !== undefined;
  const { type } = await statfs(`/proc/self/fd/${held.handle.fd}`);
  const verdict = judgeFile({ path, id: held.id, fileSystem: type, isForeignNamespace }, policy);
  const handle = await openHeld(held);
  try {
    const sha256 = await digestOf(handle, Number(held.status.size));
    const { gaps } = await readAttributes(handle);
    const otherNames = held.status.nlink > 1n ? await findOtherNames(path, held, root) : [];
    return {
      target: {
        kind: "file",
        ...wirePath(path),
        ...(request.through === undefined ? {} : { through: request.through }),
        id: held.id,
        size: Number(held.status.size),
        mtimeNs: String(held.status.mtimeNs),
        sha256,
        owner: accountName("/etc/passwd", held.status.uid) ?? String(held.status.uid),
        otherNames,
      },
      lossy: gaps,
      missingNames: Math.max(0, Number(held.status.nlink) - 1 - otherNames.length),
      isInContainer: isForeignNamespace,
      runningPids: runnersOf(held.id),
      ...permission(verdict, request.override),
    };
  } finally {
    await handle.close();
  }
}

/** Processes whose executable is this inode. */
function runnersOf(id: FileId): readonly number[] {
  return listPids().filter((pid) => {
    const live = LiveProcess.open(pid);
    const isRunner = live?.exeId() === id;
    live?.close();
    return isRunner;
  });
}

function permission(
  verdict: Verdict,
  override: Override | undefined,
): { readonly refusal?: string; readonly override?: "packageOwned" } {
  switch (verdict.kind) {
    case "allowed":
      return {};
    case "never":
      return { refusal: verdict.reason };
    case "needsOverride":
      return override === "packageOwned" && verdict.override === override ? { override } : { refusal: verdict.reason };
  }
}
