import { minerAlgorithmList } from "./minerAlgorithmList.ts";
import { minerOptionList } from "./minerOptionList.ts";
import { unveilLines } from "./veiled.ts";

/** Long options of miners, without dashes: `strong` ones mean nothing elsewhere, `weak` ones many things. */
export const minerOptions: ReadonlyMap<string, "strong" | "weak"> = new Map(
  unveilLines(minerOptionList).map((line) => {
    const [strength = "", name = ""] = line.split(" ");
    return [name, strength === "strong" ? "strong" : "weak"] as const;
  }),
);

const algorithms: ReadonlySet<string> = new Set(unveilLines(minerAlgorithmList));

/** Whether a word names a mining algorithm; short words without a slash are also ordinary words. */
export function algorithmStrength(word: string): "strong" | "weak" | undefined {
  const name = word.toLowerCase();
  if (!algorithms.has(name)) return undefined;
  return name.length >= 6 || /[/\d]/.test(name) || name === "rx" ? "strong" : "weak";
}
