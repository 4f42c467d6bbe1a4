/** What the packer has to know about a 64-bit little-endian ELF file. */
export interface ElfSummary {
  readonly machine: "x64" | "arm64" | "other";
  /** The libraries it asks the loader for, by name. */
  readonly needed: readonly string[];
}

const machines: Readonly<Record<number, ElfSummary["machine"]>> = { 62: "x64", 183: "arm64" };

/** Reads the machine and the NEEDED entries. Throws for anything but a 64-bit little-endian ELF file. */
export function readElf(bytes: Buffer): ElfSummary {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) {
    throw new Error("not a 64-bit little-endian ELF file");
  }
  return { machine: machines[bytes.readUInt16LE(18)] ?? "other", needed: needed(bytes) };
}

interface Segment {
  readonly kind: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

const loadSegment = 1;
const dynamicSegment = 2;
const neededEntry = 1;
const stringTableEntry = 5;

function needed(bytes: Buffer): readonly string[] {
  const segments = readSegments(bytes);
  const dynamic = segments.find((segment) => segment.kind === dynamicSegment);
  if (dynamic === undefined) return [];
  const names: number[] = [];
  let stringTable: number | undefined;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
    const tag = Number(bytes.readBigUInt64LE(at));
    const value = Number(bytes.readBigUInt64LE(at + 8));
    if (tag === neededEntry) names.push(value);
    if (tag === stringTableEntry) stringTable = value;
  }
  const home = segments.find(
    ({ kind, address, size }) =>
      kind === loadSegment && stringTable !== undefined && stringTable >= address && stringTable < address + size,
  );
  if (home === undefined || stringTable === undefined) return [];
  const strings = stringTable - home.address + home.offset;
  return names.map((name) => bytes.toString("latin1", strings + name, bytes.indexOf(0, strings + name)));
}

function readSegments(bytes: Buffer): readonly Segment[] {
  const start = Number(bytes.readBigUInt64LE(32));
  const entrySize = bytes.readUInt16LE(54);
  return Array.from({ length: bytes.readUInt16LE(56) }, (_, index) => {
    const at = start + index * entrySize;
    return {
      kind: bytes.readUInt32LE(at),
      offset: Number(bytes.readBigUInt64LE(at + 8)),
      address: Number(bytes.readBigUInt64LE(at + 16)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
    };
  });
}
