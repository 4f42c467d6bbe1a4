import { readExecLine } from "../../autostart/parsers/execLine.ts";
import { lastValue, listValues, parseUnitFile, type UnitDirective } from "../../autostart/parsers/unitFile.ts";
import { programsOf, readShell } from "../../autostart/parsers/shellCommand.ts";
import type { OwnershipFact, TextFact } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { imitatedProgram } from "../../knowledge/systemPrograms.ts";
import type { ByteString } from "../../text/byteString.ts";
import { basename } from "../../text/paths.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { cronJobs } from "../cronJobs.ts";
import { oddPlace } from "../oddPlace.ts";

export const check = defineCheck({
  id: "A03",
  slug: "suspicious-unit",
  title: "Service that holds on to a program of unknown origin",
  category: "Abnormal system behavior",
  type: "Abnormal process behaviors",
  severity: "high",
  attack: ["T1543.002"],
  maturity: "stable",
  needs: ["texts", "processes", "ownership"],
  falsePositives: [
    "An administrator's own service: that it restarts and that no package owns it is not counted.",
    "A program of the operator's that is called like one of the system.",
  ],
  weakness: "One unit with an ordinary name that starts one program under /opt is what every self-made service is.",
  run({ texts, processes, ownership }): readonly Finding[] {
    const started = programsOfCron(texts, ownership);
    return texts.flatMap((text) => {
      const owner = ownership.byPath.get(text.path);
      const isOwn =
        text.topic === "unit" &&
        text.path.endsWith(".service") &&
        !(typeof owner === "object" && owner.digest === "intact");
      return isOwn ? judge(text, { texts, processes, ownership, started }) : [];
    });
  },
});

interface Surroundings {
  readonly texts: readonly TextFact[];
  readonly processes: readonly ProcessFact[];
  readonly ownership: OwnershipFact;
  /** Programs that scheduled tasks start, with the file that says so. */
  readonly started: ReadonlyMap<ByteString, ByteString>;
}

function judge(unit: TextFact, { texts, processes, ownership, started }: Surroundings): readonly Finding[] {
  const directives = parseUnitFile(unit.content.slice(0, 65_536));
  const program = mainProgram(directives);
  if (program === undefined || isOwned(program, ownership)) return [];
  const reasons: { readonly points: number; readonly phrase: string }[] = [];
  const relatedFiles = new Set<ByteString>([unit.path]);
  const add = (points: number, phrase: string): void => void reasons.push({ points, phrase });
  const place = oddPlace(program);
  if (place !== undefined)
    add(place.points >= 30 ? 60 : 45, `its program ${showBytes(program, 200)} lies in ${place.phrase}`);
  const cron = started.get(program);
  if (cron !== undefined) {
    relatedFiles.add(cron);
    add(30, `the scheduled task in ${showBytes(cron, 200)} starts the same program`);
  }
  const restarts = /^(?:always|on-success)$/.test(lastValue(directives, "Service", "Restart") ?? "");
  const timer = texts.find(
    ({ topic, path }) => topic === "unit" && basename(path) === basename(unit.path).replace(/\.service$/, ".timer"),
  );
  if (restarts && timer !== undefined) {
    relatedFiles.add(timer.path);
    add(15, "a timer starts what already restarts for ever");
  }
  const twin = texts.find(
    ({ topic, path, content }) =>
      topic === "unit" &&
      path.endsWith(".service") &&
      basename(path) !== basename(unit.path) &&
      mainProgram(parseUnitFile(content.slice(0, 65_536))) === program,
  );
  if (twin !== undefined && !twin.path.endsWith("@.service")) {
    relatedFiles.add(twin.path);
    add(20, `${showBytes(twin.path, 200)} starts the same program under another name`);
  }
  const imitated = ownership.byPath.get(program) === "unowned" ? imitatedProgram(basename(program)) : undefined;
  if (imitated !== undefined) add(25, `the name of its program looks like ${imitated} of the system`);
  // A timer or a second unit alone is everyday; it takes a second oddity to count.
  const points = Math.min(
    70,
    reasons.reduce((sum, reason) => sum + reason.points, 0),
  );
  if (points < 25) return [];
  const found = {
    points,
    source: showBytes(unit.path),
    severity: points >= 45 ? "high" : "medium",
    text: `The service ${showBytes(unit.path, 200)} is odd: ${reasons.map(({ phrase }) => phrase).join(", and ")}.`,
  } as const;
  const running = processes.filter(({ exe }) => exe?.path === program).slice(0, 8);
  if (running.length === 0)
    return [
      {
        ...found,
        subject: { kind: "file", path: unit.path, id: unit.status.id },
        relatedFiles: [program, ...[...relatedFiles].filter((path) => path !== unit.path)],
      },
    ];
  return running.map((process) => ({
    ...found,
    subject: { kind: "process", key: processKey(process) },
    relatedFiles: [...relatedFiles],
  }));
}

/** The program behind ExecStart; the script or the inner program where a shell or a launcher is named. */
function mainProgram(unit: readonly UnitDirective[]): ByteString | undefined {
  const line = listValues(unit, "Service", "ExecStart")[0];
  const path = line === undefined ? undefined : readExecLine(line).program;
  return path?.startsWith("/") ? path : undefined;
}

function isOwned(path: ByteString, ownership: OwnershipFact): boolean {
  const owner = ownership.byPath.get(path);
  return typeof owner === "object" && owner.digest !== "modified";
}

function programsOfCron(texts: readonly TextFact[], ownership: OwnershipFact): ReadonlyMap<ByteString, ByteString> {
  const found = new Map<ByteString, ByteString>();
  for (const text of texts) {
    if (text.topic !== "cron") continue;
    for (const { command } of cronJobs(text))
      for (const path of programsOf(readShell(command)))
        if (path.startsWith("/") && !isOwned(path, ownership)) found.set(path, text.path);
  }
  return found;
}
