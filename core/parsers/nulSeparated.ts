import type { ByteString } from "../text/byteString.ts";

/**
 * Splits /proc/PID/cmdline or environ at NUL. The last NUL ends the last entry; a
 * process that wrote over its own arguments may leave none at all, then the whole text
 * is one entry. Runs of trailing NULs (left by setproctitle) are dropped.
 */
export function splitNul(text: ByteString): readonly ByteString[] {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end -= 1;
  if (end > 0) return text.slice(0, end).split("\0");
  // `execve` with one empty argument is a fact worth keeping: it hides the name from ps.
  return text === "" ? [] : [""];
}

/** Value of one variable in a NUL-separated environment; the first one wins, as in getenv(3). */
export function environmentValue(environ: ByteString, name: string): ByteString | undefined {
  const label = `${name}=`;
  const at = environ.startsWith(label) ? 0 : environ.indexOf(`\0${label}`) + 1;
  if (at === 0 && !environ.startsWith(label)) return undefined;
  const start = at + label.length;
  const end = environ.indexOf("\0", start);
  return environ.slice(start, end < 0 ? environ.length : end);
}
