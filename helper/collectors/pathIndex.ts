import type { ByteString } from "#core/text/byteString";

/**
 * Which of many files has a line, for hundreds of thousands of lines in a few bytes each.
 * It keeps hashes and no text: an answer is a short list of files to look into.
 */
export class PathIndex {
  /** Hash times the number of files, plus the number of the file; sorted before the first question. */
  #keys = new Float64Array(1 << 14);
  #length = 0;
  #isSorted = false;
  #hash = offsetBasis;
  #isInLine = false;

  /** Takes a piece of the file of this number; lines may go on in the next piece. */
  feed(file: number, piece: Uint8Array): void {
    let hash = this.#hash;
    for (const byte of piece) {
      if (byte === newline) {
        this.#hash = hash;
        this.endLine(file);
        hash = offsetBasis;
      } else {
        hash = Math.imul(hash ^ byte, prime);
        this.#isInLine = true;
      }
    }
    this.#hash = hash;
  }

  /** Ends the last line of a file, which may lack its newline. */
  endLine(file: number): void {
    if (this.#isInLine) this.#add((this.#hash >>> 0) * mostFiles + file);
    this.#hash = offsetBasis;
    this.#isInLine = false;
  }

  /** Numbers of the files that may have this line, ascending; one in thousands does not. */
  filesWith(line: ByteString): readonly number[] {
    if (!this.#isSorted) {
      this.#keys = this.#keys.slice(0, this.#length).sort();
      this.#isSorted = true;
    }
    const first = hashOf(line) * mostFiles;
    const files: number[] = [];
    for (let at = this.#firstAtLeast(first); at < this.#length; at += 1) {
      const key = this.#keys[at] ?? 0;
      if (key >= first + mostFiles) break;
      if (files.at(-1) !== key - first) files.push(key - first);
    }
    return files;
  }

  #add(key: number): void {
    if (this.#length === this.#keys.length) {
      const larger = new Float64Array(this.#keys.length * 2);
      larger.set(this.#keys);
      this.#keys = larger;
    }
    this.#keys[this.#length] = key;
    this.#length += 1;
    this.#isSorted = false;
  }

  #firstAtLeast(key: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? 0) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const newline = 0x0a;

/** A key stays below 2^53: 32 bits of hash and 20 of file number. */
const mostFiles = 2 ** 20;

/** FNV-1a. */
const offsetBasis = 0x811c9dc5 | 0;
const prime = 0x01000193;

function hashOf(line: ByteString): number {
  let hash = offsetBasis;
  for (let index = 0; index < line.length; index += 1) hash = Math.imul(hash ^ line.charCodeAt(index), prime);
  return hash >>> 0;
}
