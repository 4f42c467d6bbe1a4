/**
 * Characters that change how text reads without being seen: soft hyphen, fillers, joiners,
 * direction marks and overrides, variation selectors, tags, byte order marks. Written as
 * numbers, so that this file has none of them.
 */
const invisibleRanges: readonly (readonly [first: number, last: number])[] = [
  [0x00ad, 0x00ad],
  [0x034f, 0x034f],
  [0x061c, 0x061c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];

const invisible = new RegExp(
  `[${invisibleRanges.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`).join("")}]`,
  "u",
);

/** Where the first such character stands, as `line N: U+XXXX`; undefined when there is none. */
export function findInvisibleCharacter(text: string): string | undefined {
  const match = invisible.exec(text);
  if (match === null) return undefined;
  const line = text.slice(0, match.index).split("\n").length;
  return `line ${line}: U+${(match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
