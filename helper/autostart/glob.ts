import { type FileStatus, type Host, isFailure } from "#core/facts/host";
import type { ByteString } from "#core/text/byteString";
import { showBytes } from "#core/text/showBytes";

interface GlobMatch {
  readonly path: ByteString;
  /** Of the name itself, links not followed. */
  readonly status: FileStatus;
}

/**
 * Walks a machine by glob patterns. One walker serves one class: a folder that is
 * reached twice (`/lib` is a link to `/usr/lib` on most systems, and links can form a
 * circle) is read once, under the name that came first.
 */
export class GlobWalker {
  readonly #host: Host;
  readonly #limit: number;
  readonly #visited = new Set<string>();
  readonly #gaps = new Set<string>();
  #count = 0;

  constructor(host: Host, limit: number) {
    this.#host = host;
    this.#limit = limit;
  }

  /** Folders that could not be read, one sentence each. */
  get gaps(): readonly string[] {
    return [...this.#gaps];
  }

  /**
   * Everything but folders that matches, sorted by name within each folder.
   * @param base a folder to start from, taken as it is whatever stars or braces its name has
   */
  *match(pattern: string, base: ByteString = "/"): Generator<GlobMatch> {
    for (const choice of expandBraces(pattern))
      yield* this.#walk(base === "/" ? "" : base, choice.split("/").slice(1), 0);
  }

  *#walk(base: ByteString, parts: readonly string[], depth: number): Generator<GlobMatch> {
    const [part, ...rest] = parts;
    if (part === undefined || depth > maximumDepth) return;
    if (part === "**") {
      yield* this.#below(base, depth);
      return;
    }
    if (!part.includes("*")) {
      const path = `${base}/${part}`;
      if (rest.length > 0) yield* this.#walk(path, rest, depth + 1);
      else yield* this.#file(path);
      return;
    }
    for (const name of this.#names(base, parts.join("/"))) {
      if (!matchesName(part, name)) continue;
      const path = `${base}/${name}`;
      if (rest.length === 0) yield* this.#file(path);
      else if (this.#isFolder(path)) yield* this.#walk(path, rest, depth + 1);
    }
  }

  *#below(base: ByteString, depth: number): Generator<GlobMatch> {
    if (depth > maximumDepth) {
      this.#gaps.add(`${showBytes(base, 300)} and what is below: too many folders deep.`);
      return;
    }
    for (const name of this.#names(base, "**")) {
      const path = `${base}/${name}`;
      if (this.#isFolder(path)) yield* this.#below(path, depth + 1);
      else yield* this.#file(path);
    }
  }

  *#file(path: ByteString): Generator<GlobMatch> {
    const status = this.#host.stat(path, { follow: false });
    if (isFailure(status)) {
      if (!isAbsent(status.failure)) this.#gaps.add(`${showBytes(path, 300)}: ${status.failure}.`);
      return;
    }
    if (status.kind === "directory") return;
    if (this.#count >= this.#limit) {
      this.#gaps.add(`More than ${this.#limit} files; the rest was not read.`);
      return;
    }
    this.#count += 1;
    yield { path, status };
  }

  #isFolder(path: ByteString): boolean {
    const status = this.#host.stat(path);
    return !isFailure(status) && status.kind === "directory";
  }

  #names(folder: ByteString, remaining: string): readonly ByteString[] {
    const status = this.#host.stat(folder === "" ? "/" : folder);
    if (isFailure(status)) {
      if (!isAbsent(status.failure)) this.#gaps.add(`${showBytes(folder, 300)}: ${status.failure}.`);
      return [];
    }
    const key = `${status.id} ${remaining}`;
    if (status.kind !== "directory" || this.#visited.has(key)) return [];
    this.#visited.add(key);
    const names = this.#host.list(folder === "" ? "/" : folder);
    if (isFailure(names)) {
      if (!isAbsent(names.failure)) this.#gaps.add(`${showBytes(folder, 300)}: ${names.failure}.`);
      return [];
    }
    return [...names].sort();
  }
}

const maximumDepth = 12;

/** Not there is an answer; anything else is a gap. */
function isAbsent(failure: string): boolean {
  return failure === "ENOENT" || failure === "ENOTDIR";
}

/** `/a{b,c}d` is `/abd` and `/acd`. Patterns are our own, so nesting and quoting are not needed. */
export function expandBraces(pattern: string): readonly string[] {
  const match = /^([^{]*)\{([^{}]*)\}(.*)$/.exec(pattern);
  if (!match) return [pattern];
  const [, before = "", choices = "", after = ""] = match;
  return choices.split(",").flatMap((choice) => expandBraces(`${before}${choice}${after}`));
}

/** `*` is any run of bytes, a leading dot included. Linear but for the number of stars. */
export function matchesName(pattern: string, name: ByteString): boolean {
  const [first = "", ...middle] = pattern.split("*");
  const last = middle.pop();
  if (last === undefined) return name === pattern;
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let position = first.length;
  for (const piece of middle) {
    const found = name.indexOf(piece, position);
    if (found < 0 || found + piece.length > name.length - last.length) return false;
    position = found + piece.length;
  }
  return true;
}
