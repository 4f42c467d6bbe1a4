/** Effective ssh_config values of one host: lower-case keyword to its values, in order. */
export type ConfigValues = ReadonlyMap<string, readonly string[]>;

/** The first value of a keyword; `none` counts as no value where the keyword allows it. */
export function firstValue(values: ConfigValues, keyword: string): string | undefined {
  const value = values.get(keyword)?.[0];
  return value === undefined || value === "" || value.toLowerCase() === "none" ? undefined : value;
}

/** The arguments of a keyword that takes several on one line, quotes resolved. */
export function splitArguments(text: string): readonly string[] {
  const words: string[] = [];
  let word = "";
  let isOpen = false;
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') {
      isQuoted = !isQuoted;
      isOpen = true;
    } else if (!isQuoted && (character === " " || character === "\t")) {
      if (isOpen) words.push(word);
      word = "";
      isOpen = false;
    } else {
      word += character;
      isOpen = true;
    }
  }
  if (isOpen) words.push(word);
  return words;
}
