import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { OpsError } from "#core/opsError";
import { withTimeout } from "#helper/execute/withTimeout";

/*
 * A stored sample must neither run nor set off another scanner: its bytes are masked
 * with a random key that stands in the header. This is no secret and no encryption.
 *
 * Layout: 4096 bytes of header (magic, key in hex, `sparse` or `dense`, one line each,
 * then zeros), then the content at the same offsets. A block of zeros stands for a block of zeros, so that a
 * sparse file stays sparse.
 */
const magic = "countermine-neutralised 1";
const headerBytes = 4096;
const chunkBytes = 2 ** 20;
const blockBytes = 4096;
const readMs = 30_000;

export interface ContentDigests {
  readonly sha256: string;
  readonly sha1: string;
  readonly md5: string;
}

/**
 * Copies an open file into a new container and waits until it is on the disk.
 * @param source open for reading; read by position, so its offset does not matter
 * @param size bytes to expect; a file that grew or shrank shows in the digests
 * @param isSparse zero blocks of the source take no space in the container
 */
export async function writeContainer(
  path: Buffer,
  source: FileHandle,
  size: number,
  isSparse: boolean,
): Promise<ContentDigests> {
  const { O_CREAT, O_EXCL, O_WRONLY } = fs.constants;
  const target = await open(path, O_CREAT | O_EXCL | O_WRONLY, 0o400);
  try {
    const key = randomBytes(32);
    const header = Buffer.alloc(headerBytes);
    header.write(`${magic}\n${key.toString("hex")}\n${isSparse ? "sparse" : "dense"}\n`, "latin1");
    await writeAll(target, header, 0);
    const digests = digester();
    for await (const { chunk, position } of chunksOf(source, size)) {
      digests.update(chunk);
      const runs = isSparse ? nonZeroRuns(chunk) : [{ start: 0, end: chunk.length }];
      const masked = Buffer.from(chunk);
      mask(masked, key);
      for (const { start, end } of runs)
        await writeAll(target, masked.subarray(start, end), headerBytes + position + start);
    }
    await target.truncate(headerBytes + size);
    await target.sync();
    return digests.finish();
  } finally {
    await target.close();
  }
}

/**
 * Reads a container back, into a file or (without a target) only for its digests.
 * Throws an OpsError `stateDamaged` for a file that is not a container.
 */
export async function readContainer(
  path: Buffer,
  target?: FileHandle,
): Promise<ContentDigests & { readonly size: number }> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  const source = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const status = await source.stat();
    const header = Buffer.alloc(headerBytes);
    if (!status.isFile() || status.size < headerBytes) throw notOurs();
    await source.read(header, 0, headerBytes, 0);
    const [first, hexKey, density] = header.toString("latin1").split("\n");
    if (first !== magic || hexKey === undefined || !/^[0-9a-f]{64}$/.test(hexKey)) throw notOurs();
    const key = Buffer.from(hexKey, "hex");
    const size = status.size - headerBytes;
    const isSparse = density === "sparse";
    const digests = digester();
    for await (const { chunk, position } of chunksOf(source, size, headerBytes)) {
      const plain = unmask(chunk, key, isSparse);
      digests.update(plain);
      if (target === undefined) continue;
      const runs = isSparse ? nonZeroRuns(plain) : [{ start: 0, end: plain.length }];
      for (const { start, end } of runs) await writeAll(target, plain.subarray(start, end), position + start);
    }
    if (target !== undefined) await target.truncate(size);
    return { ...digests.finish(), size };
  } finally {
    await source.close();
  }
}

/** SHA-256 of an open file, 64 hex digits. */
export async function digestOf(source: FileHandle, size: number): Promise<string> {
  const hash = createHash("sha256");
  for await (const { chunk } of chunksOf(source, size)) hash.update(chunk);
  return hash.digest("hex");
}

async function* chunksOf(
  source: FileHandle,
  size: number,
  offset = 0,
): AsyncGenerator<{ readonly chunk: Buffer; readonly position: number }> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, Math.max(size, 1)));
  let position = 0;
  while (position < size) {
    const wanted = Math.min(buffer.length, size - position);
    let filled = 0;
    while (filled < wanted) {
      const reading = source.read(buffer, filled, wanted - filled, offset + position + filled);
      const { bytesRead } = await withTimeout(reading, readMs, "The file system of the file");
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    if (filled === 0) return;
    yield { chunk: buffer.subarray(0, filled), position };
    position += filled;
  }
}

async function writeAll(target: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const step = await target.write(bytes, written, bytes.length - written, position + written);
    written += step.bytesWritten;
  }
}

function mask(bytes: Buffer, key: Buffer): void {
  // Chunks start at multiples of the key's length, so the key always begins anew.
  for (let index = 0; index < bytes.length; index += 1) {
    const value = bytes[index];
    const keyByte = key[index & 31];
    if (value !== undefined && keyByte !== undefined) bytes[index] = value ^ keyByte;
  }
}

function unmask(chunk: Buffer, key: Buffer, isSparse: boolean): Buffer {
  const plain = Buffer.from(chunk);
  mask(plain, key);
  if (!isSparse) return plain;
  for (let start = 0; start < chunk.length; start += blockBytes) {
    const end = Math.min(start + blockBytes, chunk.length);
    if (isZero(chunk, start, end)) plain.fill(0, start, end);
  }
  return plain;
}

function nonZeroRuns(bytes: Buffer): readonly { readonly start: number; readonly end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (let start = 0; start < bytes.length; start += blockBytes) {
    const end = Math.min(start + blockBytes, bytes.length);
    if (isZero(bytes, start, end)) continue;
    const last = runs.at(-1);
    if (last?.end === start) last.end = end;
    else runs.push({ start, end });
  }
  return runs;
}

const zeroBlock = Buffer.alloc(blockBytes);

function isZero(bytes: Buffer, start: number, end: number): boolean {
  return bytes.compare(zeroBlock, 0, end - start, start, end) === 0;
}

function digester(): { readonly update: (chunk: Buffer) => void; readonly finish: () => ContentDigests } {
  const hashes = { sha256: createHash("sha256"), sha1: createHash("sha1"), md5: createHash("md5") };
  return {
    update: (chunk) => {
      for (const hash of Object.values(hashes)) hash.update(chunk);
    },
    finish: () => ({
      sha256: hashes.sha256.digest("hex"),
      sha1: hashes.sha1.digest("hex"),
      md5: hashes.md5.digest("hex"),
    }),
  };
}

function notOurs(): OpsError {
  return new OpsError("stateDamaged", "The stored content is not one that this product wrote.");
}
