import type { ByteString } from "../../text/byteString.ts";
import type { RiskReason } from "../autostartClass.ts";
import { judgePath, judgeText } from "../commandRisk.ts";
import { readExecLine } from "./execLine.ts";
import { lastValue, listValues, type UnitDirective } from "./unitFile.ts";
import { instanceOf } from "./unitNames.ts";

export interface UnitCommand {
  /** `ExecStart` alone as it is, the others with their key in front, joined by ` ; `. */
  readonly command?: ByteString;
  readonly runUser: ByteString;
  readonly program?: ByteString;
  readonly toleratesMissing: boolean;
  readonly risk: readonly RiskReason[];
}

const execKeys = [
  "ExecStart",
  "ExecCondition",
  "ExecStartPre",
  "ExecStartPost",
  "ExecReload",
  "ExecStop",
  "ExecStopPost",
] as const;

/** What a service runs, as whom, and what its text gives away. */
export function unitCommand(name: ByteString, directives: readonly UnitDirective[], section = "Service"): UnitCommand {
  const lines = execKeys.flatMap((key) =>
    listValues(directives, section, key).map((value) => ({ key, value: expand(value, name) })),
  );
  const readings = lines.map(({ value }) => readExecLine(value));
  // A strange program anywhere matters more than the ordinary one in ExecStart.
  const main = readings.find(({ program }) => program !== undefined && judgePath(program).length > 0) ?? readings[0];
  const isDynamic = /^(?:1|yes|true|on|y|t)$/i.test(lastValue(directives, section, "DynamicUser") ?? "");
  const hasCondition = directives.some(
    ({ section: place, key, value }) =>
      place === "Unit" && /^(?:Condition|Assert)(?:Path|File)/.test(key) && value !== "",
  );
  return {
    ...(lines.length === 0
      ? {}
      : { command: lines.map(({ key, value }) => (key === "ExecStart" ? value : `${key}=${value}`)).join(" ; ") }),
    runUser: lastValue(directives, section, "User") ?? (isDynamic ? "dynamic" : "root"),
    ...(main?.program === undefined ? {} : { program: main.program }),
    toleratesMissing: hasCondition || main?.toleratesMissing !== false,
    risk: [...new Set([...readings.flatMap(({ risk }) => risk), ...environmentRisk(directives, section)])],
  };
}

/** The specifiers that stand for the unit's own name; others stay as written. */
function expand(value: ByteString, name: ByteString): ByteString {
  const instance = instanceOf(name);
  return value.replace(/%([%iInNpj])/g, (whole, letter: string) => {
    if (letter === "%") return "%%";
    if ((letter === "i" || letter === "I") && instance !== "") return instance;
    if (letter === "n") return name;
    return whole;
  });
}

function environmentRisk(directives: readonly UnitDirective[], section: string): readonly RiskReason[] {
  return [
    ...listValues(directives, section, "Environment").flatMap((value) =>
      judgeText(value.replaceAll('"', " ")).filter((reason) => reason !== "hidden text"),
    ),
    ...listValues(directives, section, "EnvironmentFile").flatMap((value) => judgePath(value.replace(/^-/, ""))),
  ].filter((reason) => reason !== "program in a temporary folder" || section === "Service");
}
