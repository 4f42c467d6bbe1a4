import type { ByteString } from "./byteString.ts";
import { decodeBase64Runs } from "./base64.ts";

/**
 * A command line as the words that a program in it would get, in the ways in which one
 * can be written: the arguments themselves; the words of an argument that is a command
 * line of its own (`sh -c '…'`, an environment value), by the quoting rules of a shell;
 * and what base64 inside of them decodes to. Linear in the length, at most `wordLimit`
 * words each.
 */
export function commandReadings(argv: readonly ByteString[]): readonly (readonly ByteString[])[] {
  const readings: (readonly ByteString[])[] = [argv.slice(0, wordLimit)];
  for (const argument of argv.slice(0, wordLimit)) {
    if (argument.length < 8) continue;
    const text = argument.slice(0, textLimit);
    if (/\s/.test(text)) readings.push(shellWords(text));
    for (const decoded of decodeBase64Runs(text))
      if (isMostlyText(decoded)) readings.push(shellWords(printableHead(decoded)));
    if (readings.length > readingLimit) break;
  }
  return readings;
}

/** Words of a shell command, with quotes and backslashes resolved; operators end a word. */
export function shellWords(text: ByteString): readonly ByteString[] {
  const words: string[] = [];
  let word = "";
  let isOpen = false;
  let quote = "";
  const end = (): void => {
    if (isOpen) words.push(word);
    word = "";
    isOpen = false;
  };
  for (let index = 0; index < text.length && words.length < wordLimit; index += 1) {
    const character = text.charAt(index);
    if (quote !== "") {
      if (character === quote) quote = "";
      else if (character === "\\" && quote === '"' && index + 1 < text.length) {
        index += 1;
        word += text.charAt(index);
      } else word += character;
      continue;
    }
    if (character === "'" || character === '"') {
      quote = character;
      isOpen = true;
    } else if (character === "\\") {
      index += 1;
      word += text.charAt(index);
      isOpen = true;
    } else if (wordEnds.has(character)) end();
    else {
      word += character;
      isOpen = true;
    }
  }
  end();
  return words;
}

const wordEnds: ReadonlySet<string> = new Set(" \t\n\r\v\f;|&()<>`\0");
const wordLimit = 4096;
/** As much as the kernel takes for one argument; what is longer was not started by it. */
export const textLimit = 131_072;
const readingLimit = 64;

/** A wrong alignment of base64 decodes to noise, of which about three in eight bytes are printable. */
function isMostlyText(decoded: ByteString): boolean {
  return decoded.length >= 8 && printableHead(decoded).length >= 8;
}

function printableHead(decoded: ByteString): ByteString {
  return /^[\t\n\r\x20-\x7e]*/.exec(decoded)?.[0] ?? "";
}
