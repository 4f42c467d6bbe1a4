import type { AutostartItem } from "#core/autostart/item";
import { showText } from "#core/text/showBytes";
import { describeTime } from "../views/age.ts";
import { defang } from "./defang.ts";

/** One auto-start item, a field a line, so that two of them compare well side by side. Plain text. */
export function describeAutostartItem(item: AutostartItem): string {
  const rows: readonly (readonly [string, string])[] = [
    ["name", item.name],
    ["class", `${item.class} ${item.className}`],
    ["kind", item.kind],
    ["path", `${item.path}${item.line === undefined ? "" : `:${item.line}`}`],
    ["command", item.command ?? ""],
    ["runs as", item.runUser],
    ["trigger", item.trigger],
    ["enabled", item.enabled ? "yes" : "no"],
    ["target", item.target?.path ?? ""],
    ["target SHA-256", item.target?.sha256 ?? ""],
    ["file SHA-256", item.sha256],
    ["owner", item.owner],
    [
      "mode",
      `${(item.mode & 0o7777).toString(8).padStart(4, "0")} ${item.uid}:${item.gid}${item.immutable === true ? " immutable" : ""}`,
    ],
    ["content changed", describeTime(item.mtime)],
    ["inode changed", describeTime(item.ctime)],
    ["risk", item.risk.join("; ")],
  ];
  return defang(`${rows.map(([name, value]) => `${name.padEnd(16)} ${showText(value, 2000)}`).join("\n")}\n`);
}
