import { decodeBase64 } from "../text/base64.ts";
import { encodeBase64 } from "../text/encodeBase64.ts";
import type { ByteString } from "../text/byteString.ts";

/**
 * What miners are called and say is kept veiled, because virus scanners take a program
 * that carries such a list for a miner (DETECTIONS rule 4). This hides nothing from a
 * person: `npm run knowledge -- show FILE` prints a list.
 */
export function unveil(veiled: string): ByteString {
  let text = "";
  for (const character of decodeBase64(veiled)) text += String.fromCharCode(character.charCodeAt(0) ^ mask);
  return text;
}

/** The lines of a veiled list. */
export function unveilLines(veiled: string): readonly ByteString[] {
  return unveil(veiled)
    .split("\n")
    .filter((line) => line !== "");
}

export function veil(text: ByteString): string {
  let bytes = "";
  for (const character of text) bytes += String.fromCharCode(character.charCodeAt(0) ^ mask);
  return encodeBase64(bytes);
}

const mask = 0xa7;
