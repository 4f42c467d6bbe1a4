/**
 * Addresses as /proc/net prints them: 32-bit words in the byte order of the machine,
 * which is little-endian on every architecture that the helper runs on.
 */
export function formatIpv4Word(hex: string): string {
  const word = Number.parseInt(hex, 16);
  return `${word & 0xff}.${(word >>> 8) & 0xff}.${(word >>> 16) & 0xff}.${word >>> 24}`;
}

/** Text of RFC 5952; IPv4-mapped addresses as plain IPv4, so that one peer has one spelling. */
export function formatIpv6Words(hex: string): string {
  if (/^0{16}FFFF0000/i.test(hex)) return formatIpv4Word(hex.slice(24));
  const groups: number[] = [];
  for (let word = 0; word < 4; word += 1) {
    const value = Number.parseInt(hex.slice(word * 8, word * 8 + 8), 16);
    groups.push(((value & 0xff) << 8) | ((value >>> 8) & 0xff), ((value >>> 8) & 0xff00) | (value >>> 24));
  }
  return compress(groups);
}

function compress(groups: readonly number[]): string {
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > bestLength) [bestStart, bestLength] = [start, length];
  }
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  return bestStart < 0 ? text(0, 8) : `${text(0, bestStart)}::${text(bestStart + bestLength, 8)}`;
}
