import type { ModuleFact, OwnershipFact, TextFact } from "../../facts/facts.ts";
import { parsePamCommands, type PamCommand } from "../../parsers/pamRules.ts";
import type { ByteString } from "../../text/byteString.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { oddPlace } from "../oddPlace.ts";

export const check = defineCheck({
  id: "A05",
  slug: "pam-module",
  title: "Login module or login command that no package owns",
  category: "Malware",
  type: "Backdoors",
  severity: "critical",
  attack: ["T1556.003"],
  maturity: "stable",
  needs: ["pamModules", "texts", "ownership"],
  falsePositives: [
    "A second factor whose module was built from source, for example by its vendor's installer.",
    "A login notification script that an administrator runs through pam_exec.",
  ],
  weakness:
    "A module that a package owns can be told to be permissive by its arguments, and a login service that does not use PAM is not seen.",
  run({ pamModules, texts, ownership }): readonly Finding[] {
    return [
      ...pamModules.flatMap((module) => judgeModule(module, ownership)),
      ...texts.filter(({ topic }) => topic === "pam").flatMap((text) => judgeCommands(text, ownership)),
    ];
  },
});

function judgeModule(module: ModuleFact, ownership: OwnershipFact): readonly Finding[] {
  const owner = ownership.byPath.get(module.path) ?? "unknown";
  const place = oddPlace(module.path);
  const isUsed = module.usedBy.length > 0;
  const where = isUsed
    ? `, used by ${module.usedBy
        .slice(0, 4)
        .map((file) => showBytes(file, 120))
        .join(", ")}`
    : "";
  const shown = `The login module ${showBytes(module.path, 300)}${where}`;
  const finding = (points: number, text: string): readonly Finding[] => [
    {
      subject: { kind: "file", path: module.path, id: module.status.id },
      points,
      text: `${shown} ${text}`,
      source: showBytes(module.path, 300),
      relatedFiles: module.usedBy,
      severity: points >= 90 ? "critical" : points >= 60 ? "high" : "medium",
    },
  ];
  if (place !== undefined) return finding(isUsed ? 100 : 60, `lies in ${place.phrase}.`);
  // Group and other write permission: whoever has that account changes how everybody logs in.
  if ((module.status.mode & 0o002) !== 0) return finding(90, "may be written by everybody.");
  if (owner === "unknown") return [];
  if (owner === "unowned")
    return isUsed
      ? finding(60, "is owned by no package, and sees every password that is typed.")
      : finding(20, "is owned by no package; no login service uses it now.");
  return owner.digest === "modified"
    ? finding(90, `is not the file that the package ${showBytes(owner.package, 80)} installed.`)
    : [];
}

/** pam_exec runs a command at login; with `expose_authtok` the command reads the password. */
function judgeCommands(text: TextFact, ownership: OwnershipFact): readonly Finding[] {
  const findings = parsePamCommands(text.content).map((rule) => weighCommand(rule, ownership));
  const suspects = findings.filter(({ points }) => points > 0);
  if (suspects.length === 0) return [];
  const points = Math.max(...suspects.map((suspect) => suspect.points));
  return [
    {
      subject: { kind: "file", path: text.path, id: text.status.id },
      points,
      text: suspects.map((suspect) => suspect.text).join(" "),
      source: showBytes(text.path, 300),
      relatedFiles: suspects.map(({ command }) => command),
      severity: points >= 90 ? "critical" : points >= 60 ? "high" : "medium",
    },
  ];
}

interface WeighedCommand {
  readonly command: ByteString;
  readonly points: number;
  readonly text: string;
}

function weighCommand({ command, seesPassword }: PamCommand, ownership: OwnershipFact): WeighedCommand {
  const owner = ownership.byPath.get(command) ?? "unknown";
  const isOwned = typeof owner === "object" && owner.digest !== "modified";
  const place = oddPlace(command);
  const shown = showBytes(command, 300);
  const password = seesPassword ? " and hands it the password" : "";
  if (place !== undefined && (!isOwned || place.kind !== "noPrograms")) {
    // Scripts of administrators do lie in /etc; programs that read passwords there do not.
    const isAdministrators = place.kind === "noPrograms" && command.startsWith("/etc/");
    const points = isAdministrators ? (seesPassword ? 60 : 25) : 90;
    return { command, points, text: `Every login runs ${shown}${password}; it lies in ${place.phrase}.` };
  }
  if (isOwned) return { command, points: 0, text: "" };
  return {
    command,
    points: seesPassword ? 70 : 25,
    text: `Every login runs ${shown}${password}; no package is known to own it.`,
  };
}
