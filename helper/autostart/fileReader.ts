import { createHash } from "node:crypto";
import type { AutostartClass, AutostartFile, Home } from "#core/autostart/autostartClass";
import { type FileStatus, type Host, isFailure } from "#core/facts/host";
import type { ByteString } from "#core/text/byteString";
import { showBytes } from "#core/text/showBytes";
import { GlobWalker } from "./glob.ts";
import type { OwnershipLookup } from "./ownershipLookup.ts";

const headBytes = 256 * 1024;
const wholeBytes = 256 * 2 ** 20;
const filesPerClass = 20_000;
const textBytesPerClass = 64 * 2 ** 20;
/** All programs and files together. */
const digestBytes = 2 * 2 ** 30;

interface ClassFiles {
  readonly files: readonly AutostartFile[];
  /** What was left out and why, one sentence each. */
  readonly gaps: readonly string[];
}

/** Reads the files of the classes and hashes what they hold and start, each once. */
export class FileReader {
  readonly #host: Host;
  readonly #ownership: OwnershipLookup;
  readonly #homes: readonly Home[];
  readonly #digests = new Map<ByteString, string | undefined>();
  readonly #gaps = new Set<string>();
  #digestBytesLeft = digestBytes;
  #latest: { readonly reads: AutostartClass["reads"]; readonly files: ClassFiles } | undefined;

  constructor(host: Host, ownership: OwnershipLookup, homes: readonly Home[]) {
    this.#host = host;
    this.#ownership = ownership;
    this.#homes = homes;
  }

  /** The files of one class; classes in a row that read the same share one pass. */
  async filesOf({ reads }: AutostartClass): Promise<ClassFiles> {
    if (this.#latest?.reads === reads) return this.#latest.files;
    const walker = new GlobWalker(this.#host, filesPerClass);
    const files = new Map<ByteString, AutostartFile>();
    const gaps = new Set<string>();
    let textBytes = 0;
    for (const pattern of reads) {
      const { glob, omit } = typeof pattern === "string" ? { glob: pattern, omit: undefined } : pattern;
      const places = glob.startsWith("~/") ? this.#homes : [undefined];
      for (const home of places) {
        const matches = [...walker.match(glob, home?.path)];
        const isOmitted = omit === "ownedByPackage" ? await this.#omitted(glob, matches, gaps) : (): boolean => false;
        for (const { path, status } of matches) {
          if (files.has(path) || isOmitted(path)) continue;
          const file = this.#read(path, status, home, textBytes < textBytesPerClass ? gaps : undefined);
          if (textBytes >= textBytesPerClass) gaps.add("More than 64 MiB of text; the rest was hashed but not read.");
          textBytes += file.content?.length ?? 0;
          files.set(path, file);
        }
        await this.#host.wait(0);
      }
    }
    const result = { files: [...files.values()], gaps: [...walker.gaps, ...gaps] };
    this.#latest = { reads, files: result };
    return result;
  }

  async #omitted(
    glob: string,
    matches: readonly { readonly path: ByteString }[],
    gaps: Set<string>,
  ): Promise<(path: ByteString) => boolean> {
    await this.#ownership.prepare?.(matches.map(({ path }) => path));
    return (path) => {
      const owner = this.#ownership.ownerOf(path);
      if (owner === "unowned") return false;
      if (owner !== "unknown") return owner.digest !== "modified";
      gaps.add(`${glob}: not read, because no package database says which of these files are its own.`);
      return true;
    };
  }

  /** @param gaps where to note failures; without it the content is not read */
  #read(path: ByteString, status: FileStatus, home: Home | undefined, gaps: Set<string> | undefined): AutostartFile {
    const base = { path, status, isTruncated: false, ...(home ? { home } : {}) };
    const link = status.kind === "symlink" ? this.#host.readLink(path) : undefined;
    const linked = status.kind === "symlink" ? this.#host.stat(path) : undefined;
    const withLink = {
      ...base,
      ...(link === undefined || isFailure(link) ? {} : { link }),
      ...(linked === undefined || isFailure(linked) ? {} : { linked }),
    };
    const real = withLink.linked ?? status;
    if (real.kind !== "file" || gaps === undefined) return withLink;
    const content = this.#host.read(path, headBytes);
    if (isFailure(content)) {
      if (content.failure !== "ENOENT") gaps.add(`${showBytes(path, 300)}: ${content.failure}.`);
      return withLink;
    }
    return { ...withLink, content, isTruncated: content.length >= headBytes };
  }

  /** What could not be hashed, one sentence each. */
  get gaps(): readonly string[] {
    return [...this.#gaps];
  }

  hasDigest(path: ByteString): boolean {
    return this.#digests.has(path);
  }

  /** SHA-256 in hex of a whole regular file; undefined when it is none, is larger than 256 MiB, or could not be read. */
  digest(path: ByteString): string | undefined {
    if (this.#digests.has(path)) return this.#digests.get(path);
    if (this.#digestBytesLeft <= 0) {
      this.#gaps.add("More than 2 GiB of programs; the rest has no digest.");
      return undefined;
    }
    const hash = createHash("sha256");
    let read = 0;
    const status = this.#host.readPieces(path, wholeBytes, (piece) => {
      hash.update(piece);
      read += piece.length;
    });
    this.#digestBytesLeft -= read;
    const isWhole = !isFailure(status) && (read < wholeBytes || status.size <= read);
    const digest = isWhole ? hash.digest("hex") : undefined;
    this.#digests.set(path, digest);
    return digest;
  }
}
