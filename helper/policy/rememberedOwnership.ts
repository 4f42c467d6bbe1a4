import fs from "node:fs";
import type { Ownership } from "#core/facts/facts";
import type { ByteString } from "#core/text/byteString";
import type { OwnershipLookup } from "./ownershipLookup.ts";

const memoryMs = 60_000;
const memoryLimit = 10_000;

interface Memory {
  readonly owner: Ownership;
  /** Which file the answer was about: the change time can't be set back without root's help. */
  readonly file: string;
  readonly until: number;
}

/**
 * Remembers answers for a minute, and only about the very file that was asked about.
 * Reading a package database takes tens of milliseconds, and a tree of a hundred
 * processes must be frozen faster than it respawns.
 */
export class RememberedOwnership implements OwnershipLookup {
  readonly #inner: OwnershipLookup;
  readonly #now: () => number;
  readonly #memory = new Map<ByteString, Memory>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(inner: OwnershipLookup, now: () => number = () => performance.now()) {
    this.#inner = inner;
    this.#now = now;
  }

  ownerOf(path: ByteString): Ownership {
    const file = fileState(path);
    const known = this.#memory.get(path);
    if (known !== undefined && known.file === file && known.until > this.#now()) return known.owner;
    const owner = this.#inner.ownerOf(path);
    if (this.#memory.size >= memoryLimit) this.#memory.clear();
    this.#memory.set(path, { owner, file, until: this.#now() + memoryMs });
    return owner;
  }
}

function fileState(path: ByteString): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = fs.statSync(Buffer.from(path, "latin1"), { bigint: true });
    return `${dev}:${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch {
    return "";
  }
}
