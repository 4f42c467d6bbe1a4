import { createHmac, randomBytes } from "node:crypto";
import fs from "node:fs";
import { OpsError } from "#core/opsError";
import type { ByteString } from "#core/text/byteString";
import { showBytes } from "#core/text/showBytes";
import { errorCode } from "#helper/execute/errorCode";

/** The helper's own folder on the host, after it was found to be nobody else's. */
export interface StateDirectory {
  readonly path: ByteString;
  /** Path of an entry for writing; subfolders are made with mode 0700 when missing. */
  readonly entry: (...names: readonly string[]) => Buffer;
  /** Path of an entry for reading, which need not exist: makes nothing, so it works on a full disk. */
  readonly place: (...names: readonly string[]) => Buffer;
  /** HMAC-SHA256 with the key of this folder, 64 hex digits: tells our own records from edited ones. */
  readonly authenticate: (text: string) => string;
}

/**
 * Opens the state folder, making it when it does not exist. Everything in it is trusted
 * with root's power later, so a folder that somebody else could have prepared is refused.
 * Throws an OpsError: `stateDamaged` with the reason, `noSpace`, `readOnly`, `permissionDenied`.
 */
export function openStateDirectory(path: ByteString): StateDirectory {
  if (!path.startsWith("/") || /\/(\.{0,2})(\/|$)/.test(path))
    throw new OpsError("badInput", `The state folder ${showBytes(path)} is not an absolute, canonical path.`);
  const parts = path.split("/").slice(1);
  for (let depth = 1; depth < parts.length; depth += 1) requireSafeAncestor(`/${parts.slice(0, depth).join("/")}`);
  makePrivateFolder(path);
  const trusted = new Set<ByteString>();
  const locate = (names: readonly string[], trust: (folder: ByteString) => boolean): Buffer => {
    let folder = path;
    for (const name of names.slice(0, -1)) {
      folder = `${folder}/${requirePlainName(name)}`;
      if (!trusted.has(folder) && trust(folder)) trusted.add(folder);
    }
    return Buffer.from(`${folder}/${requirePlainName(names.at(-1) ?? "")}`, "latin1");
  };
  const entry: StateDirectory["entry"] = (...names) => locate(names, makePrivateFolder);
  const place: StateDirectory["place"] = (...names) => locate(names, requirePrivateFolder);
  const key = readKey(entry("key"));
  return { path, entry, place, authenticate: (text) => createHmac("sha256", key).update(text, "utf8").digest("hex") };
}

function requirePlainName(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/.test(name))
    throw new OpsError("badInput", `${showBytes(name, 80)} is not a name of the state folder.`);
  return name;
}

function requireSafeAncestor(path: ByteString): void {
  const status = fs.lstatSync(Buffer.from(path, "latin1"), { throwIfNoEntry: false });
  if (status === undefined) {
    fs.mkdirSync(Buffer.from(path, "latin1"), { mode: 0o755 });
    return;
  }
  const isSticky = (status.mode & 0o1000) !== 0;
  const problem = status.isSymbolicLink()
    ? "is a symbolic link"
    : !status.isDirectory()
      ? "is not a folder"
      : status.uid !== 0 && status.uid !== process.geteuid?.()
        ? `belongs to user ${status.uid}`
        : (status.mode & 0o022) !== 0 && !isSticky
          ? "can be written by other users"
          : undefined;
  if (problem !== undefined) throw unsafe(path, problem);
}

/** Makes a folder unless it is there; true when it can be trusted, else throws. */
function makePrivateFolder(path: ByteString): boolean {
  const bytes = Buffer.from(path, "latin1");
  try {
    fs.mkdirSync(bytes, { mode: 0o700 });
    fs.chmodSync(bytes, 0o700);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw cannotMake(path, error);
  }
  return requirePrivateFolder(path);
}

/** True when the folder is there and nobody else's, false when it is not there; throws when it can't be trusted. */
function requirePrivateFolder(path: ByteString): boolean {
  const status = fs.lstatSync(Buffer.from(path, "latin1"), { throwIfNoEntry: false });
  if (status === undefined) return false;
  if (status.isSymbolicLink()) throw unsafe(path, "is a symbolic link");
  if (!status.isDirectory()) throw unsafe(path, "is not a folder");
  if (status.uid !== process.geteuid?.()) throw unsafe(path, `belongs to user ${status.uid}`);
  if ((status.mode & 0o077) !== 0) throw unsafe(path, `can be reached by other users (mode ${octal(status.mode)})`);
  return true;
}

function readKey(path: Buffer): Buffer {
  try {
    const file = fs.openSync(path, fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_WRONLY, 0o600);
    try {
      fs.writeSync(file, randomBytes(32));
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw cannotMake(path.toString("latin1"), error);
  }
  const file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  try {
    const status = fs.fstatSync(file);
    const isOurs = status.isFile() && status.uid === process.geteuid?.() && (status.mode & 0o077) === 0;
    if (!isOurs || status.size !== 32)
      throw unsafe(path.toString("latin1"), "is not the key file that this product wrote");
    return fs.readFileSync(file);
  } finally {
    fs.closeSync(file);
  }
}

function unsafe(path: ByteString, problem: string): OpsError {
  return new OpsError(
    "stateDamaged",
    `${showBytes(path)} ${problem}, so nothing is stored there and nothing was changed.`,
    {
      nextStep: "Look at who made it, move it away as root, and try again.",
    },
  );
}

function cannotMake(path: ByteString, error: unknown): OpsError {
  const code = errorCode(error);
  const kind = code === "ENOSPC" || code === "EDQUOT" ? "noSpace" : code === "EROFS" ? "readOnly" : "permissionDenied";
  return new OpsError(kind, `${showBytes(path)} could not be made (${code}).`, { cause: error });
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
