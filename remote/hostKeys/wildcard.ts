/**
 * Matches text against a pattern in which `*` stands for any run of characters and `?`
 * for one. Iterative and linear in practice (one backtrack point), because patterns come
 * from files and a translation to RegExp could be made to take forever.
 */
export function matchesWildcard(text: string, pattern: string): boolean {
  let textIndex = 0;
  let patternIndex = 0;
  let starIndex = -1;
  let resumeIndex = 0;
  while (textIndex < text.length) {
    const expected = pattern[patternIndex];
    if (expected === "*") {
      starIndex = patternIndex;
      resumeIndex = textIndex;
      patternIndex += 1;
    } else if (expected === "?" || (expected !== undefined && expected === text[textIndex])) {
      textIndex += 1;
      patternIndex += 1;
    } else if (starIndex >= 0) {
      resumeIndex += 1;
      textIndex = resumeIndex;
      patternIndex = starIndex + 1;
    } else {
      return false;
    }
  }
  while (pattern[patternIndex] === "*") patternIndex += 1;
  return patternIndex === pattern.length;
}
