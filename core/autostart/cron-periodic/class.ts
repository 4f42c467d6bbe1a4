import { basename, dirname } from "../../text/paths.ts";
import type { AutostartEntry, AutostartFile } from "../autostartClass.ts";
import { defineClass } from "../defineClass.ts";
import { isReadByRunParts } from "../parsers/inertNames.ts";
import { judgeScript } from "../parsers/script.ts";

export const autostartClass = defineClass({
  number: 3,
  slug: "cron-periodic",
  className: "cron.hourly to cron.yearly",
  kind: "scheduledTask",
  attack: ["T1053.003"],
  weakness: "A script that only calls another one is judged by that call, not by what the other does.",
  reads: ["/etc/cron.{hourly,daily,weekly,monthly,yearly}/*"],
  parse({ files, osIds }) {
    return { entries: files.map((file) => toEntry(file, osIds)), problems: [] };
  },
});

function toEntry(file: AutostartFile, osIds: readonly string[]): AutostartEntry {
  const name = basename(file.path);
  const folder = basename(dirname(file.path));
  const mode = (file.linked ?? file.status).mode;
  const { line, risk } = judgeScript(file.content ?? "");
  return {
    scope: "",
    name: `${folder}/${name}`,
    path: file.path,
    command: line ?? file.path,
    runUser: "root",
    trigger: `time: ${folder.slice("cron.".length)}`,
    enabled: file.content !== undefined && (mode & 0o111) !== 0 && isReadByRunParts(name, osIds),
    program: file.path,
    risk,
  };
}
