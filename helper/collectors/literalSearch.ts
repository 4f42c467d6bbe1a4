/** A text to look for; several may have the same id. */
export interface Literal {
  readonly id: string;
  /** One character per byte, at least {@link shortestLiteral} of them. */
  readonly literal: string;
}

export const shortestLiteral = 4;

/**
 * Looks for many literals at once in a file that comes in pieces; a literal may lie
 * across two of them. The time does not depend on the number of literals: a table of
 * hashes of three bytes tells at which places a comparison is worth while.
 */
export class LiteralSearch {
  readonly #byHash = new Map<number, { readonly id: string; readonly bytes: Buffer }[]>();
  readonly #mayStart = new Uint8Array(1 << 16);
  readonly #found = new Set<string>();
  readonly #overlap: number;
  #tail: Buffer = Buffer.alloc(0);

  constructor(literals: readonly Literal[]) {
    let longest = 1;
    for (const { id, literal } of literals) {
      if (literal.length < shortestLiteral) continue;
      const bytes = Buffer.from(literal, "latin1");
      const hash = hashAt(bytes, 0);
      this.#mayStart[hash] = 1;
      this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), { id, bytes }]);
      longest = Math.max(longest, bytes.length);
    }
    this.#overlap = longest - 1;
  }

  feed(piece: Uint8Array): void {
    if (this.#byHash.size === 0) return;
    const view = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    if (this.#tail.length > 0) this.#search(Buffer.concat([this.#tail, view.subarray(0, this.#overlap)]));
    this.#search(view);
    const kept = view.length >= this.#overlap ? view : Buffer.concat([this.#tail, view]);
    this.#tail = Buffer.from(kept.subarray(Math.max(0, kept.length - this.#overlap)));
  }

  /** Ids of what was found so far, sorted. */
  found(): readonly string[] {
    return [...this.#found].sort();
  }

  #search(bytes: Buffer): void {
    const mayStart = this.#mayStart;
    const end = bytes.length - shortestLiteral;
    for (let at = 0; at <= end; at += 1) {
      const hash = hashAt(bytes, at);
      if (mayStart[hash] === 1) this.#compare(bytes, at, hash);
    }
  }

  #compare(bytes: Buffer, at: number, hash: number): void {
    for (const candidate of this.#byHash.get(hash) ?? []) {
      if (this.#found.has(candidate.id)) continue;
      const end = at + candidate.bytes.length;
      if (end <= bytes.length && bytes.compare(candidate.bytes, 0, candidate.bytes.length, at, end) === 0) {
        this.#found.add(candidate.id);
      }
    }
  }
}

function hashAt(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) ^ ((bytes[at + 1] ?? 0) << 4) ^ ((bytes[at + 2] ?? 0) << 8)) & 0xffff;
}
