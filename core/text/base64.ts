import type { ByteString } from "./byteString.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Decodes standard or URL-safe base64; stops at the first character that is neither, and ignores leftover bits. */
export function decodeBase64(text: string): ByteString {
  let bytes = "";
  let bits = 0;
  let width = 0;
  for (const character of text) {
    const value = alphabet.indexOf(character === "-" ? "+" : character === "_" ? "/" : character);
    if (value < 0) break;
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
 * carry the middle of an encoded script. At most 8 KiB of each of the first 16 runs.
 */
export function decodeBase64Runs(text: ByteString): readonly ByteString[] {
  const runs = text.match(/[A-Za-z0-9+/_-]{16,}/g) ?? [];
  return runs
    .slice(0, 16)
    .flatMap((run) => [0, 1, 2, 3].map((offset) => decodeBase64(run.slice(offset, offset + 8192))));
}
