import type { HostFact, OwnershipFact } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { preloadEntries } from "../../facts/preloadEntries.ts";
import type { ByteString } from "../../text/byteString.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { oddPlace } from "../oddPlace.ts";

export const check = defineCheck({
  id: "P12",
  slug: "preload-environment",
  title: "Library forced into a program through its environment",
  category: "Abnormal system behavior",
  type: "Environment variable change",
  severity: "high",
  attack: ["T1574.006"],
  maturity: "stable",
  needs: ["processes", "ownership", "host"],
  falsePositives: [
    "A monitoring agent or an allocator that was installed without a package, for example under /opt.",
    "A developer who preloads a library of their own to test it.",
  ],
  weakness: "A program can clear its own environment after the library is loaded; its memory map (P13) still has it.",
  run({ processes, ownership, host }): readonly Finding[] {
    return processes.flatMap((process) => judge(process, ownership, host));
  },
});

function judge(process: ProcessFact, ownership: OwnershipFact, host: HostFact): readonly Finding[] {
  if (process.environ === undefined) return [];
  // The package database describes the host's files; a container has others under the same names.
  const isContained = process.namespaces.pid !== undefined && process.namespaces.pid !== host.pidNamespace;
  const suspects = preloadEntries(process.environ)
    .map(({ variable, path }) => ({ variable, path, ...weigh(path, ownership, isContained) }))
    .filter(({ points }) => points > 0)
    .sort((left, right) => right.points - left.points);
  const [worst] = suspects;
  if (worst === undefined) return [];
  return [
    {
      subject: { kind: "process", key: processKey(process) },
      points: worst.points,
      text: `${worst.variable} forces ${showBytes(worst.path, 300)} into it: ${worst.reason}.`,
      source: `/proc/${process.pid}/environ`,
      severity: worst.points >= 60 ? "high" : "medium",
      relatedFiles: suspects.map(({ path }) => path).filter((path) => path.startsWith("/")),
    },
  ];
}

function weigh(
  path: ByteString,
  ownership: OwnershipFact,
  isContained: boolean,
): { readonly points: number; readonly reason: string } {
  if (/^\/(?:proc\/(?:self|\d+)\/fd|dev\/fd)\//.test(path))
    return { points: 80, reason: "the library comes from an open descriptor and need not be a file at all" };
  const place = oddPlace(path);
  if (place !== undefined) return { points: 70, reason: `it lies in ${place.phrase}` };
  // A name without a path is looked for in the folders of the system's libraries.
  if (!path.startsWith("/") || isContained || /^\/(?:nix|gnu\/store|snap)\//.test(path))
    return { points: 0, reason: "" };
  const owner = ownership.byPath.get(path) ?? "unknown";
  if (typeof owner === "object")
    return owner.digest === "modified"
      ? { points: 80, reason: `it is not the file that the package ${showBytes(owner.package, 80)} installed` }
      : { points: 0, reason: "" };
  if (owner === "unknown") return { points: 0, reason: "" };
  if (/^\/(?:usr\/)?lib(?:32|64|x32|exec)?\//.test(path))
    return { points: 60, reason: "it lies among the libraries of packages, and no package owns it" };
  if (path.startsWith("/usr/local/")) return { points: 35, reason: "no package owns it" };
  return { points: 20, reason: "no package owns it, as is usual for vendors' agents and developers' own libraries" };
}
