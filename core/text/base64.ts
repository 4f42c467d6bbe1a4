import type { ByteString } from "./byteString.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Value of each character code below 256; 255 for what is no base64. Standard and URL-safe alphabets. */
const values: Uint8Array = new Uint8Array(256).fill(255);
for (let value = 0; value < 64; value += 1) values[alphabet.charCodeAt(value)] = value;
values[0x2d] = 62;
values[0x5f] = 63;

/** Decodes standard or URL-safe base64; stops at the first character that is neither, and ignores leftover bits. */
export function decodeBase64(text: string): ByteString {
  let bytes = "";
  let bits = 0;
  let width = 0;
  for (let index = 0; index < text.length; index += 1) {
    const value = values[text.charCodeAt(index)] ?? 255;
    if (value === 255) break;
    bits = ((bits << 6) | value) & 0xffffff;
    width += 6;
    if (width >= 8) {
      width -= 8;
      bytes += String.fromCharCode((bits >> width) & 0xff);
    }
  }
  return bytes;
}

/**
 * What base64 runs inside a text say, at each alignment, because a command line may
 * carry the middle of an encoded script. At most 8 KiB of each of the 16 longest runs:
 * paths look like base64 too, and must not crowd the real ones out.
 */
export function decodeBase64Runs(text: ByteString, shortest = 16): readonly ByteString[] {
  return longestRuns(text, shortest).flatMap((run) =>
    [0, 1, 2, 3].map((offset) => decodeBase64(run.slice(offset, offset + 8192))),
  );
}

function longestRuns(text: ByteString, shortest: number): readonly ByteString[] {
  const runs: { readonly start: number; readonly end: number }[] = [];
  let start = 0;
  for (let index = 0; index <= text.length; index += 1) {
    if ((values[text.charCodeAt(index)] ?? 255) !== 255) continue;
    if (index - start >= shortest) {
      runs.push({ start, end: index });
      if (runs.length >= 256) keepLongest(runs);
    }
    start = index + 1;
  }
  keepLongest(runs);
  return runs.sort((one, other) => one.start - other.start).map(({ start, end }) => text.slice(start, end));
}

function keepLongest(runs: { readonly start: number; readonly end: number }[]): void {
  runs.sort((one, other) => other.end - other.start - (one.end - one.start));
  runs.length = Math.min(runs.length, 16);
}
