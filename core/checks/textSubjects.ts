import type { TextFact } from "../facts/facts.ts";
import { processKey, type ProcessFact } from "../facts/process.ts";
import { basename } from "../text/paths.ts";
import { isSearchTool } from "./searchTools.ts";

/**
 * The processes that a text is evidence against: those that hold it, name it or run it;
 * and where nobody does, those beside whose executable it lies. An editor or a search
 * tool that has it open is nobody's accomplice. At most eight.
 */
export function incidentProcesses(text: TextFact, processes: readonly ProcessFact[]): readonly ProcessFact[] {
  const keys = new Set(text.processes);
  const linked = processes.filter((process) => keys.has(processKey(process)) && !isSearchTool(process));
  const users = linked.filter(
    ({ openFiles, argv }) =>
      openFiles.includes(text.path) || argv.some((argument) => argument !== "" && endsInFile(argument, text.path)),
  );
  return (users.length > 0 ? users : linked).slice(0, 8);
}

/** `-c config.json`, `--config=./config.json` and `/x/config.json` all name /x/config.json. */
function endsInFile(argument: string, path: string): boolean {
  const value = argument.slice(argument.indexOf("=") + 1);
  return value === path || (basename(value) === basename(path) && value.length <= path.length + 2);
}
