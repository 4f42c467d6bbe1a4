import type { ByteString } from "../text/byteString.ts";

/** A library that the environment of a process forces into it. */
export interface PreloadEntry {
  readonly variable: "LD_PRELOAD" | "LD_AUDIT";
  readonly path: ByteString;
}

/**
 * The libraries in an environment, each once and at most 32. ld.so(8) separates
 * LD_PRELOAD by blanks and colons and LD_AUDIT by colons.
 *
 * @param environ NUL-separated
 */
export function preloadEntries(environ: ByteString): readonly PreloadEntry[] {
  if (!environ.includes("LD_PRELOAD=") && !environ.includes("LD_AUDIT=")) return [];
  const entries = new Map<string, PreloadEntry>();
  for (const assignment of environ.split("\0")) {
    const [, variable, value = ""] = /^(LD_PRELOAD|LD_AUDIT)=([^]*)$/.exec(assignment) ?? [];
    if (variable !== "LD_PRELOAD" && variable !== "LD_AUDIT") continue;
    for (const path of value.split(/[\s:]/, 64)) {
      if (path !== "" && entries.size < 32) entries.set(`${variable} ${path}`, { variable, path });
    }
  }
  return [...entries.values()];
}
