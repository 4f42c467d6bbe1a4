import type { ByteString } from "../text/byteString.ts";
import { binaryMarkerList } from "./binaryMarkerList.ts";
import { unveilLines } from "./veiled.ts";

/** A literal that the collector looks for in executables. */
export interface BinaryMarker {
  readonly id: string;
  /** The miner that it comes from; `any` for what many have. */
  readonly family: string;
  /** What part of a miner it shows; markers of one aspect do not confirm each other. */
  readonly aspect: "identity" | "protocol" | "algorithm" | "option" | "tuning" | "report" | "pool";
  readonly literal: ByteString;
  /** `unique` is enough by itself; of `support`, two aspects must come together. */
  readonly weight: "unique" | "support";
}

export const binaryMarkers: readonly BinaryMarker[] = unveilLines(binaryMarkerList).map((line, index) => {
  const [aspect = "", weight = "", family = "", ...literal] = line.split(" ");
  return {
    id: `${family}-${aspect}-${index + 1}`,
    family,
    aspect: aspect as BinaryMarker["aspect"],
    weight: weight === "unique" ? "unique" : "support",
    // A blank at the end would be lost in the list, so it is written as \s there.
    literal: literal.join(" ").replaceAll("\\s", " ").replaceAll("\\0", "\0"),
  };
});
