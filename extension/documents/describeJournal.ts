import type { JournalEntry } from "#core/plans/journalEntry";
import { showText } from "#core/text/showBytes";
import { describeTime } from "../views/age.ts";
import { defang } from "./defang.ts";

/** What was done on a host, oldest first. Plain text. */
export function describeJournal(entries: readonly JournalEntry[], where: string): string {
  const lines = entries.map(
    (entry) =>
      `${describeTime(entry.at)}  ${entry.state.padEnd(9)} ${showText(entry.kind, 40).padEnd(10)} ${showText(entry.target, 200)}\n` +
      `    plan ${showText(entry.plan, 80)} ${showText(entry.step, 40)}, by ${showText(entry.operator, 100)}${entry.undoable ? ", can be taken back" : ""}${entry.detail === "" ? "" : `\n    ${showText(entry.detail, 500)}`}`,
  );
  return defang(
    [
      `Journal of ${showText(where, 300)}, host's clock`,
      "",
      ...(lines.length > 0 ? lines : ["Nothing was changed on this host."]),
    ].join("\n"),
  );
}
