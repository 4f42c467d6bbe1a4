import { keccak256 } from "#core/crypto/keccak256";

/**
 * An address of a CryptoNote coin with a checksum that fits and keys that nobody has.
 * @param prefix network number, for example 18 for a standard Monero address
 * @param seed another number gives another address
 * @param paymentIdBytes 8 for an integrated address
 */
export function makeCryptonoteAddress(prefix: number, seed: number, paymentIdBytes = 0): string {
  const keys = Array.from({ length: 64 + paymentIdBytes }, (_, index) => (index * 37 + seed * 101) & 0xff);
  const body = [...varint(prefix), ...keys];
  const bytes = [...body, ...keccak256(Uint8Array.from(body)).subarray(0, 4)];
  let text = "";
  for (let offset = 0; offset < bytes.length; offset += 8) {
    const block = bytes.slice(offset, offset + 8);
    let value = block.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    let encoded = "";
    for (let count = 0; count < (blockLengths[block.length] ?? 0); count += 1) {
      encoded = `${digits.charAt(Number(value % 58n))}${encoded}`;
      value /= 58n;
    }
    text += encoded;
  }
  return text;
}

const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const blockLengths = [0, 2, 3, 5, 6, 7, 9, 10, 11];

function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return [...bytes, rest];
}
