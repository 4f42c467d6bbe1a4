import { keccak256 } from "../crypto/keccak256.ts";
import type { ByteString } from "../text/byteString.ts";

/**
 * Addresses of CryptoNote coins (Monero and its relatives) in a text, each with a
 * checksum that fits: standard, subaddress and integrated, of any network prefix. Four
 * bytes of Keccak make a chance hit one in four thousand million.
 */
export function cryptonoteAddresses(text: ByteString, limit = 8): readonly CryptonoteAddress[] {
  const found = new Map<string, CryptonoteAddress>();
  let tried = 0;
  for (const run of digitRuns(text)) {
    tried += 1;
    if (tried > 200 || found.size >= limit) break;
    const address = found.has(run) ? undefined : decodeAddress(run);
    if (address !== undefined) found.set(run, address);
  }
  return [...found.values()];
}

export interface CryptonoteAddress {
  readonly text: string;
  readonly coin: "Monero" | "another CryptoNote coin";
}

export function hasCryptonoteAddress(text: ByteString): boolean {
  return cryptonoteAddresses(text, 1).length > 0;
}

/**
 * True for a value that has the form of a wallet of some coin, or the word for one. No
 * checksum is tested: it only counts beside other signs of a miner.
 */
export function looksLikeAddress(value: string): boolean {
  const address = value.split(/[./+,;:]/).sort((one, other) => other.length - one.length)[0] ?? "";
  return (
    /^(?:0x)?[0-9a-fA-F]{40}$/.test(address) ||
    /^[13LDtRXBMVE][1-9A-HJ-NP-Za-km-z]{25,35}$/.test(address) ||
    /^(?:bc1|ltc1|rvn1|kaspa|nexa|dero1|ergo|vrsc|erg|sia|zs1|t1|ckb1|zeph|ZEPH|SaLv|bech)[0-9A-Za-z]{20,120}$/.test(
      address,
    ) ||
    /^[1-9A-HJ-NP-Za-km-z]{50,120}$/.test(address)
  );
}

/** Runs of base58 digits that have the length of an address. Each byte is looked at once. */
function* digitRuns(text: ByteString): Generator<string> {
  let start = 0;
  for (let index = 0; index <= text.length; index += 1) {
    if (isDigit[text.charCodeAt(index)] === 1) continue;
    const length = index - start;
    if (length >= 90 && length <= 130) yield text.slice(start, index);
    start = index + 1;
  }
}

function decodeAddress(text: string): CryptonoteAddress | undefined {
  const bytes = decodeCryptonoteBase58(text);
  // A prefix, two keys of 32 bytes, perhaps a payment id of 8, and 4 bytes of checksum.
  if (bytes === undefined || bytes.length < 69) return undefined;
  const body = bytes.subarray(0, -4);
  const checksum = keccak256(body).subarray(0, 4);
  if (!checksum.every((byte, index) => byte === bytes[body.length + index])) return undefined;
  const prefix = body[0] ?? 0;
  return { text, coin: [18, 19, 42, 24, 36, 53].includes(prefix) ? "Monero" : "another CryptoNote coin" };
}

const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const isDigit: Uint8Array = new Uint8Array(256);
for (const digit of digits) isDigit[digit.charCodeAt(0)] = 1;
/** Encoded length of a block of 0 to 8 bytes. */
const blockLengths = [0, 2, 3, 5, 6, 7, 9, 10, 11];

/** CryptoNote's base58 works in blocks of 8 bytes and 11 digits, unlike Bitcoin's. */
function decodeCryptonoteBase58(text: string): Uint8Array | undefined {
  const last = blockLengths.indexOf(text.length % 11);
  if (last < 0) return undefined;
  const whole = Math.floor(text.length / 11);
  const bytes = new Uint8Array(whole * 8 + last);
  for (let block = 0; block <= whole; block += 1) {
    const size = block < whole ? 8 : last;
    let value = 0n;
    for (const digit of text.slice(block * 11, block * 11 + 11)) value = value * 58n + BigInt(digits.indexOf(digit));
    if (value >= 1n << BigInt(size * 8)) return undefined;
    for (let index = size - 1; index >= 0; index -= 1) {
      bytes[block * 8 + index] = Number(value & 0xffn);
      value >>= 8n;
    }
  }
  return bytes;
}
