import { poolPortList } from "./poolPortList.ts";
import { unveilLines } from "./veiled.ts";

/** Ports on which pools take miners: `strong` ones have few other uses. */
export const poolPorts: ReadonlyMap<number, "strong" | "weak"> = new Map(
  unveilLines(poolPortList).map((line) => {
    const [strength = "", port = ""] = line.split(" ");
    return [Number(port), strength === "strong" ? "strong" : "weak"] as const;
  }),
);
