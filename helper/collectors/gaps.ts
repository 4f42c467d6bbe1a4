import type { HostFailure } from "#core/facts/host";
import { showText } from "#core/text/showBytes";

/**
 * What a collector left out, one sentence per kind and reason with a count. A host with
 * 50 000 processes must not answer with 50 000 sentences.
 */
export class Gaps {
  readonly #counts = new Map<string, number>();
  readonly #sentences = new Set<string>();
  readonly #isRoot: boolean;

  constructor(euid: number) {
    this.#isRoot = euid === 0;
  }

  /** Adds a sentence as it is, once. */
  say(sentence: string): void {
    this.#sentences.add(sentence);
  }

  /** Counts one thing of this kind that could not be read. */
  count(what: string, failure: HostFailure | string): void {
    const key = `${what}\0${typeof failure === "string" ? failure : failure.failure}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  list(): readonly string[] {
    const counted = [...this.#counts].map(([key, count]) => {
      const [what = "", errno = ""] = key.split("\0");
      const needsRoot = !this.#isRoot && (errno === "EACCES" || errno === "EPERM") ? ", needs root" : "";
      return `${showText(what, 200)} (${count}): ${errno}${needsRoot}`;
    });
    return [...this.#sentences, ...counted];
  }
}

/** The normal ends of a process while it is being read; not a gap. */
export function isGone(failure: HostFailure): boolean {
  return failure.failure === "ENOENT" || failure.failure === "ESRCH";
}
