import type { OwnershipFact, TextFact } from "../../facts/facts.ts";
import { parsePreloadFile } from "../../parsers/preloadFile.ts";
import type { ByteString } from "../../text/byteString.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { oddPlace } from "../oddPlace.ts";

export const check = defineCheck({
  id: "R01",
  slug: "preload-file",
  title: "Library loaded into every program",
  category: "Malware",
  type: "Rootkits",
  severity: "critical",
  attack: ["T1574.006"],
  maturity: "stable",
  needs: ["texts", "ownership"],
  falsePositives: [
    "A monitoring or security agent that its vendor installs under /opt without a package.",
    "A performance library (jemalloc, libsafe) that an administrator built and preloads on purpose.",
  ],
  weakness:
    "A patched dynamic loader that reads another file (R04) needs no entry here, and a kernel rootkit may hide the file from every way of reading.",
  run({ texts, ownership }): readonly Finding[] {
    return texts.filter(({ topic }) => topic === "preload").flatMap((text) => judge(text, ownership));
  },
});

function judge(text: TextFact, ownership: OwnershipFact): readonly Finding[] {
  const subject = { kind: "file", path: text.path, id: text.status.id } as const;
  const libraries = parsePreloadFile(text.content).map((path) => weigh(path, ownership));
  const suspects = libraries.filter(({ points }) => points > 0);
  const parts: { readonly points: number; readonly text: string }[] = [...suspects];
  const disagreement = differingViews(text);
  if (disagreement !== undefined) parts.push({ points: 100, text: disagreement });
  if (parts.length === 0) return [];
  const points = Math.max(...parts.map((part) => part.points));
  return [
    {
      subject,
      points,
      source: showBytes(text.path, 300),
      text: parts.map((part) => part.text).join(" "),
      severity: points >= 60 ? "critical" : "medium",
      relatedFiles: suspects.map(({ path }) => path),
    },
  ];
}

function weigh(
  path: ByteString,
  ownership: OwnershipFact,
): { readonly path: ByteString; readonly points: number; readonly text: string } {
  const owner = ownership.byPath.get(path) ?? "unknown";
  const shown = showBytes(path, 300);
  const place = oddPlace(path);
  if (place !== undefined)
    return { path, points: 100, text: `${shown} is loaded into every program, from ${place.phrase}.` };
  if (owner === "unowned") {
    return path.startsWith("/opt/")
      ? {
          path,
          points: 45,
          text: `${shown} is loaded into every program; no package owns it, as is usual for vendors under /opt.`,
        }
      : { path, points: 90, text: `${shown} is loaded into every program, and no package owns it.` };
  }
  if (owner === "unknown")
    return { path, points: 50, text: `${shown} is loaded into every program, and who owns it could not be told.` };
  if (owner.digest === "modified")
    return {
      path,
      points: 100,
      text: `${shown} is loaded into every program and is not the file that ${showBytes(owner.package, 80)} installed.`,
    };
  return { path, points: 0, text: "" };
}

/** The file itself is what a userland rootkit hides first: then the ways of looking disagree. */
function differingViews(text: TextFact): string | undefined {
  const views = (text.views ?? []).filter(({ sees }) => !/^(?:unknown|could not|E[A-Z0-9]{3,}$)/.test(sees));
  if (new Set(views.map(({ sees }) => sees)).size < 2) return undefined;
  const shown = views.map(({ source, sees }) => `${showBytes(source, 80)}: ${showBytes(sees, 120)}`);
  return `Ways of reading the file disagree, so something hides it (${shown.join("; ")}).`;
}
