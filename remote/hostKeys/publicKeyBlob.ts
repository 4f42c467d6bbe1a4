import { createHash } from "node:crypto";

/** `SHA256:` and unpadded base64, as OpenSSH prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replaceAll("=", "")}`;
}

/**
 * The key type that a public key in wire format names, undefined when the blob is not
 * well formed: RFC 4253 6.6, every field a length-prefixed string, nothing left over.
 */
export function publicKeyType(key: Buffer): string | undefined {
  const fields = readFields(key);
  const type = fields?.[0]?.toString("latin1");
  if (fields === undefined || type === undefined) return undefined;
  const expected = fieldCounts.get(type);
  if (expected !== undefined && fields.length !== expected) return undefined;
  if (type === "ssh-ed25519" && fields[1]?.length !== 32) return undefined;
  if (type.startsWith("ecdsa-sha2-") && fields[1]?.toString("latin1") !== type.slice("ecdsa-sha2-".length))
    return undefined;
  return type;
}

/** How many strings a key of the type has, the type itself included. */
const fieldCounts: ReadonlyMap<string, number> = new Map([
  ["ssh-ed25519", 2],
  ["ssh-rsa", 3],
  ["ssh-dss", 5],
  ["ecdsa-sha2-nistp256", 3],
  ["ecdsa-sha2-nistp384", 3],
  ["ecdsa-sha2-nistp521", 3],
  ["sk-ssh-ed25519@openssh.com", 3],
  ["sk-ecdsa-sha2-nistp256@openssh.com", 4],
]);

function readFields(blob: Buffer): readonly Buffer[] | undefined {
  const fields: Buffer[] = [];
  let offset = 0;
  while (offset < blob.length) {
    if (offset + 4 > blob.length || fields.length === 16) return undefined;
    const length = blob.readUInt32BE(offset);
    offset += 4;
    if (offset + length > blob.length) return undefined;
    fields.push(blob.subarray(offset, offset + length));
    offset += length;
  }
  return fields;
}
