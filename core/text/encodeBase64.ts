import type { ByteString } from "./byteString.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Standard base64 with padding. */
export function encodeBase64(bytes: ByteString): string {
  let text = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const rest = bytes.length - index;
    const word =
      (bytes.charCodeAt(index) << 16) |
      ((rest > 1 ? bytes.charCodeAt(index + 1) : 0) << 8) |
      (rest > 2 ? bytes.charCodeAt(index + 2) : 0);
    text += alphabet.charAt((word >> 18) & 63) + alphabet.charAt((word >> 12) & 63);
    text += rest > 1 ? alphabet.charAt((word >> 6) & 63) : "=";
    text += rest > 2 ? alphabet.charAt(word & 63) : "=";
  }
  return text;
}
