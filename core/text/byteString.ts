/**
 * Bytes in a string: one character (U+0000 to U+00FF) per byte, what Node calls latin1.
 * Everything read from a host has this form inside core and helper, because paths and
 * command lines need not be UTF-8 and must survive unchanged. It is not text: use
 * {@link decodeUtf8} or showBytes before a person sees it.
 */
export type ByteString = string;

/** A path or other byte string on the wire: text where it is UTF-8, base64 besides where it is not. */
export interface WireBytes {
  readonly text: string;
  readonly base64?: string;
}

/** Decodes UTF-8; a byte that is not part of a valid sequence becomes `\xNN`. */
export function decodeUtf8(bytes: ByteString): string {
  let text = "";
  let index = 0;
  while (index < bytes.length) {
    const length = sequenceLength(bytes, index);
    if (length === 0) {
      text += `\\x${bytes.charCodeAt(index).toString(16).padStart(2, "0")}`;
      index += 1;
      continue;
    }
    text += String.fromCodePoint(codePointAt(bytes, index, length));
    index += length;
  }
  return text;
}

/** True when the bytes are well-formed UTF-8 (no surrogates, no overlong forms). */
export function isUtf8(bytes: ByteString): boolean {
  let index = 0;
  while (index < bytes.length) {
    const length = sequenceLength(bytes, index);
    if (length === 0) return false;
    index += length;
  }
  return true;
}

/** Encodes text as UTF-8 bytes. */
export function encodeUtf8(text: string): ByteString {
  let bytes = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0xfffd;
    if (code < 0x80) bytes += character;
    else if (code < 0x800) bytes += String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else if (code < 0x10000)
      bytes += String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else
      bytes += String.fromCharCode(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 0x3f),
        0x80 | ((code >> 6) & 0x3f),
        0x80 | (code & 0x3f),
      );
  }
  return bytes;
}

/** Length of the well-formed sequence at index, 0 when there is none. RFC 3629, table 3-7 of Unicode. */
function sequenceLength(bytes: ByteString, index: number): 0 | 1 | 2 | 3 | 4 {
  const first = bytes.charCodeAt(index);
  if (first < 0x80) return 1;
  const second = bytes.charCodeAt(index + 1);
  if (first >= 0xc2 && first <= 0xdf) return isContinuation(second) ? 2 : 0;
  const third = bytes.charCodeAt(index + 2);
  if (first >= 0xe0 && first <= 0xef) {
    const low = first === 0xe0 ? 0xa0 : 0x80;
    const high = first === 0xed ? 0x9f : 0xbf;
    return second >= low && second <= high && isContinuation(third) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const low = first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xf4 ? 0x8f : 0xbf;
    const fourth = bytes.charCodeAt(index + 3);
    return second >= low && second <= high && isContinuation(third) && isContinuation(fourth) ? 4 : 0;
  }
  return 0;
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte <= 0xbf;
}

function codePointAt(bytes: ByteString, index: number, length: 1 | 2 | 3 | 4): number {
  const first = bytes.charCodeAt(index);
  if (length === 1) return first;
  let code = first & (0xff >> (length + 1));
  for (let offset = 1; offset < length; offset += 1) code = (code << 6) | (bytes.charCodeAt(index + offset) & 0x3f);
  return code;
}
