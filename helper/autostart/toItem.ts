import { createHash } from "node:crypto";
import { assessItem } from "#core/autostart/assessItem";
import type { AutostartClass, AutostartEntry, AutostartFile } from "#core/autostart/autostartClass";
import type { AutostartItem } from "#core/autostart/item";
import type { Ownership } from "#core/facts/facts";
import { type ByteString, decodeUtf8, isUtf8 } from "#core/text/byteString";
import { showBytes } from "#core/text/showBytes";
import type { ProgramPlace } from "./programs.ts";

interface ItemParts {
  readonly entry: AutostartEntry;
  readonly file: AutostartFile;
  readonly owner: Ownership;
  readonly program: ProgramPlace | undefined;
  readonly programOwner: Ownership;
  /** Undefined where the flag could not be asked for. */
  readonly isImmutable: boolean | undefined;
  readonly digest: (path: ByteString) => string | undefined;
}

/** Makes the item that goes over the wire of what a class found and the collector added. */
export function toItem({ number, className, kind }: AutostartClass, parts: ItemParts): AutostartItem {
  const { entry, file, owner, program, programOwner, isImmutable, digest } = parts;
  const status = file.linked?.kind === "file" ? file.linked : file.status;
  const programDigest = program?.kind === "found" ? digest(program.path) : undefined;
  return {
    id: itemId(number, entry),
    class: number,
    className,
    kind,
    name: showHead(entry.name, 300),
    ...showPath(entry.path),
    ...(entry.line === undefined ? {} : { line: entry.line }),
    ...(entry.command === undefined ? {} : { command: showHead(entry.command, 4000) }),
    runUser: showHead(entry.runUser, 200),
    trigger: showHead(entry.trigger, 1000),
    enabled: entry.enabled,
    sha256: digest(file.path) ?? "",
    ...(program === undefined
      ? {}
      : {
          target: {
            path: showPath(program.path).path,
            ...(programDigest === undefined ? {} : { sha256: programDigest }),
          },
        }),
    owner: ownerWord(owner),
    mode: status.mode,
    uid: status.uid,
    gid: status.gid,
    mtime: toMilliseconds(status.mtimeNs),
    ctime: toMilliseconds(status.ctimeNs),
    ...(isImmutable === undefined ? {} : { immutable: isImmutable }),
    risk: assessItem(entry, {
      status,
      owner,
      isImmutable: isImmutable === true,
      ...(program === undefined
        ? {}
        : { program: program.kind === "found" ? { ...program, owner: programOwner } : program }),
    }),
  };
}

/** 16 hex digits that stay the same while the entry is the same thing, whatever its attributes. */
function itemId(classNumber: number, { scope, name, path }: AutostartEntry): string {
  return createHash("sha256")
    .update(JSON.stringify([classNumber, scope, name, path]), "latin1")
    .digest("hex")
    .slice(0, 16);
}

function ownerWord(owner: Ownership): AutostartItem["owner"] {
  if (typeof owner === "string") return owner;
  return owner.digest === "modified" ? "modified" : "package";
}

/** A path is exact: text where it is UTF-8, with its bytes in base64 besides where it is not. */
function showPath(path: ByteString): { readonly path: string; readonly pathBase64?: string } {
  if (isUtf8(path)) return { path: decodeUtf8(path) };
  return { path: decodeUtf8(path), pathBase64: Buffer.from(path, "latin1").toString("base64") };
}

/** Host text for a person; a digest stands for what is cut off, so that a change behind the cut is a change. */
function showHead(text: ByteString, limit: number): string {
  const whole = showBytes(text, Number.POSITIVE_INFINITY);
  if (whole.length <= limit) return whole;
  const digest = createHash("sha256").update(text, "latin1").digest("hex").slice(0, 12);
  return `${whole.slice(0, limit - 14)}… ${digest}`;
}

function toMilliseconds(nanoseconds: string): number {
  return Number(BigInt(nanoseconds) / 1_000_000n);
}
