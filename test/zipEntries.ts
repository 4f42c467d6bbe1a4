import { inflateRawSync } from "node:zlib";

/**
 * Reads a zip archive held in memory: path to uncompressed bytes, in the archive's order.
 * Throws for encrypted, split or 64-bit archives; a .vsix is none of these.
 */
export function zipEntries(archive: Buffer): ReadonlyMap<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0) throw new Error("not a zip archive: no end of central directory");
  const entries = new Map<string, Buffer>();
  let position = archive.readUInt32LE(end + 16);
  for (let remaining = archive.readUInt16LE(end + 10); remaining > 0; remaining -= 1) {
    if (archive.readUInt32LE(position) !== 0x02014b50) throw new Error("broken central directory");
    const method = archive.readUInt16LE(position + 10);
    const size = archive.readUInt32LE(position + 20);
    const nameLength = archive.readUInt16LE(position + 28);
    const name = archive.toString("utf8", position + 46, position + 46 + nameLength);
    const local = archive.readUInt32LE(position + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const bytes = archive.subarray(start, start + size);
    if (method !== 0 && method !== 8) throw new Error(`${name}: unknown compression method ${method}`);
    entries.set(name, method === 8 ? inflateRawSync(bytes) : bytes);
    position += 46 + nameLength + archive.readUInt16LE(position + 30) + archive.readUInt16LE(position + 32);
  }
  return entries;
}
