import type { OwnershipFact } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { oddPlace } from "../oddPlace.ts";

export const check = defineCheck({
  id: "P01",
  slug: "deleted-executable",
  title: "Running program whose file was deleted",
  category: "Abnormal system behavior",
  type: "Abnormal process behaviors",
  severity: "high",
  attack: ["T1070.004"],
  maturity: "stable",
  needs: ["processes", "ownership"],
  falsePositives: [
    "A program without a package that updated or removed itself and was not restarted, for example an editor's server.",
    "An installer or a test that unpacks a program into a temporary folder and removes it while it runs.",
  ],
  weakness:
    "A program that replaces the file of a package, starts, and puts the original back looks like one that was upgraded.",
  run({ processes, ownership }): readonly Finding[] {
    return processes.flatMap((process) => judge(process, ownership));
  },
});

/**
 * The inode decides, not the link text: a file may really be called `x (deleted)`. An
 * upgrade replaces the file of a package, so that an intact one is at the path again.
 */
function judge(process: ProcessFact, ownership: OwnershipFact): readonly Finding[] {
  const { exe } = process;
  if (exe === undefined || !exe.isDeleted || exe.isMemfd) return [];
  const owner = ownership.byPath.get(exe.path) ?? "unknown";
  if (typeof owner === "object" && owner.digest === "intact") return [];
  const place = oddPlace(exe.path);
  const finding = (points: number, text: string): readonly Finding[] => [
    {
      subject: { kind: "process", key: processKey(process) },
      points,
      text: `It runs ${showBytes(exe.path, 300)}, a file that was deleted${text}`,
      source: `/proc/${process.pid}/exe`,
      severity: points >= 30 ? "high" : "low",
    },
  ];
  if (place !== undefined)
    return finding(
      place.isTemporary ? 40 : 30,
      `. It lay in ${place.phrase}: programs that delete themselves there want no trace.`,
    );
  if (typeof owner === "object" && owner.digest === "modified")
    return finding(
      30,
      `, and what is at that path now is not the file that ${showBytes(owner.package, 80)} installed.`,
    );
  if (owner === "unowned" && /^\/(?:usr\/(?!local\/)|bin\/|sbin\/|lib)/.test(exe.path))
    return finding(30, " and that no package put among the programs of the system.");
  // Tools in a home replace whole folders when they update, so that the path is free as well.
  const isTool = exe.path.split("/").some((name) => name.startsWith("."));
  return owner === "unowned" && exe.isPathFree === true && !isTool
    ? finding(30, ", and nothing has taken its place, as it would after an update.")
    : finding(15, ".");
}
