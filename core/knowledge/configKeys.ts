import { configKeyList } from "./configKeyList.ts";
import { unveilLines } from "./veiled.ts";

/** Keys in configuration files of miners, lower case with dashes: `strong` ones mean nothing elsewhere. */
export const configKeys: ReadonlyMap<string, "strong" | "weak"> = new Map(
  unveilLines(configKeyList).map((line) => {
    const [strength = "", name = ""] = line.split(" ");
    return [name, strength === "strong" ? "strong" : "weak"] as const;
  }),
);
