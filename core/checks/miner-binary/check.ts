import { processKey } from "../../facts/process.ts";
import { binaryMarkers, type BinaryMarker } from "../../knowledge/binaryMarkers.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { ownerOf } from "../ownerOf.ts";

export const check = defineCheck({
  id: "M06",
  slug: "miner-binary",
  title: "Executable with the parts of a miner",
  category: "Malware",
  type: "Mining",
  severity: "critical",
  attack: ["T1496.001"],
  maturity: "stable",
  needs: ["processes", "executables", "ownership", "host"],
  falsePositives: [
    "A security product that carries the strings it looks for in its own program.",
    "A wallet or node of a coin that can also mine.",
  ],
  weakness: "A packed or encrypted executable shows none of its strings on disk.",
  run({ processes, executables, ownership, host }): readonly Finding[] {
    return processes.flatMap((process): readonly Finding[] => {
      const executable = process.exe && executables.get(process.exe.status.id);
      if (executable === undefined || executable.markers.length === 0 || executable.format === "script") return [];
      if (ownerOf(process, ownership, host) === "intact") return [];
      const weighed = weigh(executable.markers);
      if (weighed === undefined) return [];
      return [
        {
          subject: { kind: "process", key: processKey(process) },
          points: weighed.points,
          severity: weighed.points >= 70 ? "critical" : "high",
          source: `/proc/${process.pid}/exe`,
          text: `The executable ${showBytes(executable.path, 200)} carries ${weighed.phrase}.`,
        },
      ];
    });
  },
});

const markerById: ReadonlyMap<string, BinaryMarker> = new Map(binaryMarkers.map((marker) => [marker.id, marker]));

/** Aspects that other programs have as well: two of these alone are no miner. */
const commonAspects: ReadonlySet<BinaryMarker["aspect"]> = new Set(["report", "tuning", "pool"]);

const aspectNames: Readonly<Record<BinaryMarker["aspect"], string>> = {
  identity: "the name of a miner",
  protocol: "words of the protocol that miners speak with pools",
  algorithm: "the names of mining algorithms",
  option: "options that only miners have",
  tuning: "tuning for mining",
  report: "reports of a hash rate",
  pool: "host names of mining pools",
};

function weigh(ids: readonly string[]): { readonly points: number; readonly phrase: string } | undefined {
  const markers = ids.flatMap((id) => markerById.get(id) ?? []);
  const aspects = [...new Set(markers.map(({ aspect }) => aspect))];
  const unique = markers.find(({ weight }) => weight === "unique");
  const telling = aspects.filter((aspect) => !commonAspects.has(aspect)).length;
  if (unique === undefined && (aspects.length < 2 || telling === 0)) return undefined;
  const phrase = aspects.map((aspect) => aspectNames[aspect]).join(", ");
  const named = unique === undefined ? phrase : `${phrase} (${unique.family})`;
  if (unique !== undefined) return { points: aspects.length > 1 ? 80 : 70, phrase: named };
  if (telling >= 3 || aspects.length >= 4) return { points: 80, phrase };
  return { points: telling >= 2 ? 65 : 50, phrase };
}
