import { showBytes } from "../text/showBytes.ts";
import type { ByteString } from "../text/byteString.ts";

/** What every parser returns: what could be read, and one sentence for each part that could not. */
export interface Parsed<Value> {
  readonly value: Value;
  readonly problems: readonly string[];
}

/** Shared, because the parsers of the hot path are called tens of thousands of times. */
export const noProblems: readonly string[] = [];

const mostProblems = 20;

/** Collects problems up to a bound, because a hostile file may be wrong on every line. */
export class Problems {
  readonly #texts: string[] = [];
  #omitted = 0;

  add(what: string, fragment: ByteString): void {
    if (this.#texts.length < mostProblems) this.#texts.push(`${what}: ${showBytes(fragment, 80)}`);
    else this.#omitted += 1;
  }

  list(): readonly string[] {
    if (this.#texts.length === 0) return noProblems;
    return this.#omitted > 0 ? [...this.#texts, `${this.#omitted} more of the same kind`] : this.#texts;
  }
}
