import type { ProcessFact } from "../facts/process.ts";
import { isShell } from "./programName.ts";
import { basename } from "../text/paths.ts";

/**
 * True for a shell that was given nothing to run: it takes commands from its input.
 * Options may stand before (`-i`, `-l`, `--norc`, `-li`), and a multi-call binary has
 * the applet's name first.
 */
export function isBareShell(process: ProcessFact): boolean {
  const words = process.argv.map((word) => word.slice(0, 256));
  const isMultiCall = /(?:^|\/)(?:busybox|toybox)$/.test(words[0] ?? "") && isShell(basename(words[1] ?? ""));
  const rest = words.slice(isMultiCall ? 2 : 1).filter((word) => word !== "");
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index] ?? "";
    if (word === "--rcfile" || word === "--init-file" || word === "-o" || word === "+o" || word === "-O") index += 1;
    else if (word === "-" || word === "--") continue;
    else if (/^-[A-Za-z]*c/.test(word)) return false;
    else if (!/^[-+]/.test(word)) return false;
    else if (/^-[A-Za-z]*s/.test(word)) return true;
  }
  return true;
}
