import type { OwnershipFact } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { isDetached } from "../isDetached.ts";
import { oddPlace } from "../oddPlace.ts";

export const check = defineCheck({
  id: "P03",
  slug: "odd-directory",
  title: "Program that runs from a folder where none belongs",
  category: "Abnormal system behavior",
  type: "Abnormal process behaviors",
  severity: "high",
  attack: ["T1036.005", "T1564.001"],
  maturity: "stable",
  needs: ["processes", "ownership"],
  falsePositives: [
    "Build and test tools that compile into a temporary folder and run the result.",
    "A tool that keeps its programs in a hidden folder of a home that this check does not know.",
  ],
  weakness: "A program in /usr/local/bin, /opt or an ordinary folder of a home lies where it may lie.",
  run({ processes, ownership }): readonly Finding[] {
    const running = new Set(processes.flatMap(({ exe }) => exe?.path ?? []));
    return processes.flatMap((process) => judge(process, ownership, running));
  },
});

function judge(process: ProcessFact, ownership: OwnershipFact, running: ReadonlySet<string>): readonly Finding[] {
  const { exe } = process;
  if (exe === undefined || exe.isMemfd) return [];
  const place = oddPlace(exe.path);
  if (place === undefined || isAppImage(process, running)) return [];
  const owner = ownership.byPath.get(exe.path) ?? "unknown";
  if (typeof owner === "object" && owner.digest !== "modified") return [];
  const detached = isDetached(process) && place.isTemporary;
  const points = place.points + (detached ? 15 : 0);
  const alone = detached ? " It runs on its own, without a terminal." : "";
  return [
    {
      subject: { kind: "process", key: processKey(process) },
      points,
      text: `Its program ${showBytes(exe.path, 300)} lies in ${place.phrase}.${alone}`,
      source: `/proc/${process.pid}/exe`,
      severity: points >= 30 ? "high" : "medium",
    },
  ];
}

/**
 * An AppImage mounts itself below /tmp and starts its content from there. The name of the
 * folder is anybody's to choose; that the image which the environment names is running
 * as well, as the server of that mount, is the mechanism.
 */
function isAppImage({ exe, environ = "" }: ProcessFact, running: ReadonlySet<string>): boolean {
  const folder = /^\/tmp\/\.mount_[^/]{1,64}\//.exec(exe?.path ?? "")?.[0];
  if (folder === undefined) return false;
  const image =
    environ
      .split("\0")
      .find((entry) => entry.startsWith("APPIMAGE="))
      ?.slice("APPIMAGE=".length) ?? "";
  return running.has(image) && oddPlace(image) === undefined;
}
