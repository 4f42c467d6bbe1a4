import type { ByteString } from "../../text/byteString.ts";
import { basename } from "../../text/paths.ts";
import type { RiskReason } from "../autostartClass.ts";
import { hidesText, judgeCommand, judgePath, judgeText } from "../commandRisk.ts";
import { shells } from "./shellCommand.ts";

export interface ExecReading {
  readonly program?: ByteString;
  readonly toleratesMissing: boolean;
  readonly risk: readonly RiskReason[];
}

/**
 * Reads one value of `ExecStart=` and its sisters by systemd.service(5): prefixes
 * before the program, quotes, and `;` as a word of its own between commands. It is no
 * shell command, but what it gives to `sh -c` is.
 */
export function readExecLine(value: ByteString): ExecReading {
  const prefixes = /^[@:+!|-]*/.exec(value)?.[0] ?? "";
  const words = splitWords(value.slice(prefixes.length, 16_384));
  const [program] = words;
  if (program === undefined) return { toleratesMissing: true, risk: [] };
  const name = basename(program);
  const isWrapped = shells.has(name) || wrappers.has(name) || words.includes(";");
  const inner = isWrapped ? judgeCommand(words.map(quote).join(" ").replaceAll("';'", ";")) : undefined;
  const argumentsRisk = words.slice(1).flatMap((word) => (word.startsWith("/") ? judgePath(word) : []));
  const found = inner?.program ?? program;
  return {
    program: found,
    toleratesMissing: prefixes.includes("-") || inner?.toleratesMissing === true || found.includes("%"),
    risk: [
      ...new Set<RiskReason>([
        ...judgePath(program),
        ...(inner?.risk ?? []),
        // An interpreter's script in a strange place counts; a log file of a daemon does not.
        ...(/^(?:python|perl|ruby|php|node|lua|java|bash|sh)[\d.]*$/.test(name) ? argumentsRisk : []),
        ...judgeText(value),
        ...(hidesText(value) ? (["hidden text"] as const) : []),
      ]),
    ],
  };
}

const wrappers = new Set("env,nohup,nice,ionice,setsid,timeout,sudo,busybox,flock,taskset,chrt,stdbuf".split(","));

function quote(word: ByteString): ByteString {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function splitWords(text: ByteString): readonly ByteString[] {
  const words: ByteString[] = [];
  let word: ByteString | undefined;
  let quoted = "";
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (quoted !== "") {
      if (character === quoted) quoted = "";
      else if (character === "\\" && index + 1 < text.length) {
        index += 1;
        word = (word ?? "") + text.charAt(index);
      } else word = (word ?? "") + character;
    } else if (character === '"' || character === "'") {
      quoted = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (word !== undefined) words.push(word);
  return words;
}
