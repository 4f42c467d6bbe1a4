import type { ByteString } from "./byteString.ts";
import { decodeUtf8 } from "./byteString.ts";

/**
 * Text that a host wrote, made safe to show: one line, no control characters, no
 * direction marks, no invisible characters. What is taken out stays visible as `\u{…}`.
 * @param source bytes from a host, one character per byte
 * @param limit longest result in characters; a cut is shown as `…`
 */
export function showBytes(source: ByteString, limit = 2000): string {
  // A character has four bytes at most: what lies behind the limit need not be decoded.
  return showText(decodeUtf8(source.slice(0, 4 * limit + 4)), limit);
}

/** As {@link showBytes}, for text that is already decoded. */
export function showText(source: string, limit = 2000): string {
  let shown = "";
  for (const character of source) {
    const code = character.codePointAt(0) ?? 0;
    shown += isHarmless(code) ? character : `\\u{${code.toString(16)}}`;
    if (shown.length > limit) return `${shown.slice(0, Math.max(0, limit - 1))}…`;
  }
  return shown;
}

/** Ranges from Unicode 16, general categories Cc, Cf, Cs, Co, Zl, Zp and the default-ignorable code points. */
const harmfulRanges: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x600, 0x605],
  [0x61c, 0x61c],
  [0x6dd, 0x6dd],
  [0x70f, 0x70f],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xf8ff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0x10ffff],
];

function isHarmless(code: number): boolean {
  if (code >= 0x20 && code < 0x7f) return true;
  return !harmfulRanges.some(([first, last]) => code >= first && code <= last);
}
