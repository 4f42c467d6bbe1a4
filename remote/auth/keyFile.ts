import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { ParsedKey } from "ssh2";
import { utils } from "ssh2";
import { isUsableKeyType } from "./usableKeyType.ts";

const largestKeyFile = 256 << 10;

/** A key file as far as it can be read without a passphrase. */
export type KeyFile =
  | { readonly kind: "absent" }
  /** Not readable, or of a kind that this transport cannot use; the reason is for the operator. */
  | { readonly kind: "unusable"; readonly reason: string }
  /** `publicKey` is undefined for an encrypted PEM file without a .pub beside it. */
  | { readonly kind: "private"; readonly publicKey: ParsedKey | undefined; readonly isEncrypted: boolean }
  /** Only the public half is here; the agent may hold the other. */
  | { readonly kind: "public"; readonly publicKey: ParsedKey };

/** Looks at an identity file, and at the .pub beside it when the file itself hides its public half. */
export async function inspectKeyFile(path: string): Promise<KeyFile> {
  let content: Buffer | undefined;
  try {
    content = await readKeyFile(path);
  } catch (error) {
    return { kind: "unusable", reason: reasonOf(error) };
  }
  if (content === undefined) {
    const publicKey = await readPublicKey(`${path}.pub`);
    return publicKey === undefined ? { kind: "absent" } : { kind: "public", publicKey };
  }
  try {
    const key = asOneKey(utils.parseKey(content));
    if (key !== undefined)
      return key.isPrivateKey()
        ? { kind: "private", publicKey: key, isEncrypted: false }
        : { kind: "public", publicKey: key };
    const text = content.toString("latin1");
    const inside = publicHalf(text);
    if (inside !== undefined && /^sk-|-cert-v01@/.test(inside.type))
      return { kind: "unusable", reason: `keys of type ${inside.type} need the system's ssh` };
    if (!/ENCRYPTED/.test(text) && inside === undefined) return { kind: "unusable", reason: "its format is not known" };
    return { kind: "private", publicKey: inside?.key ?? (await readPublicKey(`${path}.pub`)), isEncrypted: true };
  } finally {
    content.fill(0);
  }
}

/**
 * The private key of a file, undefined when the passphrase is wrong.
 * ssh2 keeps the decrypted key as text, which cannot be wiped; it lives as long as the
 * connection attempt does. The file's bytes are zeroed here.
 * @throws Error when the file is gone or cannot be read
 */
export async function openPrivateKey(path: string, passphrase: Buffer | undefined): Promise<ParsedKey | undefined> {
  const content = await readKeyFile(path);
  if (content === undefined) return undefined;
  try {
    const key = asOneKey(utils.parseKey(content, passphrase));
    return key?.isPrivateKey() === true ? key : undefined;
  } finally {
    content.fill(0);
  }
}

async function readPublicKey(path: string): Promise<ParsedKey | undefined> {
  try {
    const content = await readKeyFile(path);
    const key = content === undefined ? undefined : asOneKey(utils.parseKey(content));
    return key?.isPrivateKey() === false ? key : undefined;
  } catch {
    return undefined;
  }
}

async function readKeyFile(path: string): Promise<Buffer | undefined> {
  let handle;
  try {
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw error;
  }
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new Error("it is not a regular file");
    if (status.size > largestKeyFile) throw new Error("it is too large for a key");
    const buffer = Buffer.alloc(status.size);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** ssh2 answers with an array for some files, and with an Error for what it cannot read. */
function asOneKey(parsed: ParsedKey | readonly ParsedKey[] | Error): ParsedKey | undefined {
  if (parsed instanceof Error) return undefined;
  const key = "length" in parsed ? parsed[0] : parsed;
  return key === undefined || !isUsableKeyType(key.type) ? undefined : key;
}

/** OpenSSH's own format keeps the public half in the clear before the encrypted part. */
function publicHalf(text: string): { readonly type: string; readonly key: ParsedKey | undefined } | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----/.exec(
    text,
  )?.[1];
  if (body === undefined) return undefined;
  const blob = Buffer.from(body, "base64");
  const magic = "openssh-key-v1\0";
  if (blob.subarray(0, magic.length).toString("latin1") !== magic) return undefined;
  let offset = magic.length;
  for (let skipped = 0; skipped < 3; skipped += 1) {
    if (offset + 4 > blob.length) return undefined;
    offset += 4 + blob.readUInt32BE(offset);
  }
  offset += 4;
  if (offset + 4 > blob.length) return undefined;
  const publicKey = blob.subarray(offset + 4, offset + 4 + blob.readUInt32BE(offset));
  if (publicKey.length < 8) return undefined;
  const type = publicKey.subarray(4, 4 + publicKey.readUInt32BE(0)).toString("latin1");
  return { type, key: asOneKey(utils.parseKey(`${type} ${publicKey.toString("base64")}`)) };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "it could not be read";
  if (!("code" in error)) return error.message;
  return error.code === "EACCES" ? "permission denied" : String(error.code);
}
