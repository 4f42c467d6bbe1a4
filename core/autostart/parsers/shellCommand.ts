import type { ByteString } from "../../text/byteString.ts";
import { basename } from "../../text/paths.ts";

/** What a shell command would run, as far as it can be told without running it. */
export interface ShellReading {
  /** Simple commands in order, wrappers such as `nohup` taken off; programs as written. */
  readonly commands: readonly SimpleCommand[];
  /** The command asks first whether a file is there (`test -x`, `command -v`). */
  readonly isGuarded: boolean;
}

export interface SimpleCommand {
  /** Never empty. */
  readonly words: readonly ByteString[];
  /** `sh` without a script, `eval`, `source /dev/stdin`: it runs what it is fed. */
  readonly runsItsInput: boolean;
}

/**
 * Splits a command line into simple commands. It is no shell: it knows quotes, command
 * lists, pipes, substitutions and `sh -c`, which is what persistence in the wild uses,
 * and it takes linear time on any input. Substitutions inside double quotes count as
 * commands too. At most 16 KiB are read.
 */
export function readShell(command: ByteString, depth = 0): ShellReading {
  const commands: SimpleCommand[] = [];
  let isGuarded = false;
  for (const words of splitSimpleCommands(command.slice(0, maximumLength))) {
    const bare = takeOffWrappers(words);
    const [first] = bare;
    if (first === undefined) continue;
    const program = basename(first);
    if (isGuard(program, bare)) {
      isGuarded = true;
      continue;
    }
    const script = shells.has(program) ? shellScript(bare) : undefined;
    if (script !== undefined && depth < 4) {
      if (script.trim() === "") {
        commands.push({ words: bare, runsItsInput: true });
        continue;
      }
      const inner = readShell(script, depth + 1);
      commands.push(...inner.commands);
      isGuarded ||= inner.isGuarded;
      continue;
    }
    commands.push({ words: bare, runsItsInput: runsItsInput(program, bare) });
  }
  return { commands, isGuarded };
}

const maximumLength = 16_384;

export const shells: ReadonlySet<string> = new Set(["sh", "bash", "dash", "zsh", "ksh", "ash", "mksh", "rbash"]);
const interpreters = new Set([...shells, "python", "python2", "python3", "perl", "ruby", "php", "node", "lua"]);

/** Programs that only start another one, with those of their options that take a value. */
const wrappers: ReadonlyMap<string, string> = new Map([
  ["nohup", ""],
  ["setsid", ""],
  ["nice", "n"],
  ["ionice", "cnp"],
  ["env", "uCS"],
  ["sudo", "ugpCDhrtTU"],
  ["timeout", "ks"],
  ["stdbuf", "ioe"],
  ["chrt", "TPD"],
  ["taskset", ""],
  ["flock", "wE"],
  ["chronic", ""],
  ["run-one", ""],
  ["exec", "a"],
  ["time", ""],
  ["command", ""],
  ["builtin", ""],
  ["busybox", ""],
  ["doas", "uC"],
]);
const wrappersWithOperand = new Set(["timeout", "flock", "taskset", "chrt"]);
const reservedWords = new Set(["if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}"]);

/** The words of each simple command, quotes removed. */
function splitSimpleCommands(text: ByteString): readonly (readonly ByteString[])[] {
  const commands: ByteString[][] = [];
  let words: ByteString[] = [];
  let word: ByteString | undefined;
  let quote = "";
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = (): void => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    const next = text.charAt(index + 1);
    if (quote === "'") {
      if (character === "'") quote = "";
      else word = (word ?? "") + character;
      continue;
    }
    if (character === "\\" && next !== "") {
      if (next !== "\n") word = (word ?? "") + next;
      index += 1;
      continue;
    }
    if ((character === "$" || character === "<" || character === ">") && next === "(") {
      // What a substitution yields is unknown; the word that holds it stays, empty if it was nothing else.
      word ??= "";
      endCommand();
      quote = "";
      index += 1;
      continue;
    }
    if (character === "`") {
      word ??= "";
      endCommand();
      quote = "";
      continue;
    }
    if (quote === '"') {
      if (character === '"') quote = "";
      else word = (word ?? "") + character;
      continue;
    }
    if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === "#" && word === undefined) {
      const end = text.indexOf("\n", index);
      if (end < 0) break;
      index = end - 1;
    } else if (character === " " || character === "\t" || character === "\r") endWord();
    else if (character === ">" || character === "<") {
      // A redirection and the file behind it are no words of the command.
      endWord();
      let end = index + 1;
      while (end < text.length && /[<>&|]/.test(text.charAt(end))) end += 1;
      while (text.charAt(end) === " ") end += 1;
      while (end < text.length && !/[\s;&|()`]/.test(text.charAt(end))) end += 1;
      index = end - 1;
      if (/^\d$/.test(words.at(-1) ?? "")) words.pop();
    } else if (/[;&|()\n]/.test(character)) endCommand();
    else word = (word ?? "") + character;
  }
  endCommand();
  return commands;
}

function takeOffWrappers(words: readonly ByteString[]): readonly ByteString[] {
  let index = 0;
  for (let turn = 0; turn < words.length; turn += 1) {
    while (index < words.length && (isAssignment(words[index] ?? "") || reservedWords.has(words[index] ?? "")))
      index += 1;
    const program = basename(words[index] ?? "");
    const options = wrappers.get(program);
    if (options === undefined || (program === "command" && /^-[vV]/.test(words[index + 1] ?? ""))) break;
    let next = index + 1;
    while (words[next]?.startsWith("-")) {
      const option = words[next] ?? "";
      next += option.length === 2 && options.includes(option.charAt(1)) ? 2 : 1;
    }
    if (wrappersWithOperand.has(program)) next += 1;
    // `flock /lock -c 'command'` carries a shell command of its own.
    if (program === "flock" && words[next] === "-c") return ["sh", ...words.slice(next)];
    if (next >= words.length) break;
    index = next;
  }
  return words.slice(index);
}

function isAssignment(word: ByteString): boolean {
  return /^[A-Za-z_]\w*\+?=/.test(word);
}

function isGuard(program: string, words: readonly ByteString[]): boolean {
  if (program === "[" || program === "[[" || program === "test" || program === "which" || program === "type")
    return true;
  return program === "command" && /^-[vV]/.test(words[1] ?? "");
}

/** The text behind `-c`, or undefined when there is none. */
function shellScript(words: readonly ByteString[]): ByteString | undefined {
  const flag = words.findIndex((word, index) => index > 0 && /^-[a-z]*c[a-z]*$/.test(word));
  if (flag < 0) return undefined;
  const before = words.slice(1, flag);
  return before.every((word) => /^[-+]/.test(word)) ? (words[flag + 1] ?? "") : undefined;
}

function runsItsInput(program: string, words: readonly ByteString[]): boolean {
  if (program === "eval") return true;
  if (program === "." || program === "source") return (words[1] ?? "") === "" || words[1]?.startsWith("/dev/") === true;
  if (!interpreters.has(program.replace(/[\d.]+$/, ""))) return false;
  return words.slice(1).every((word) => word.startsWith("-") || word === "" || word === "/dev/stdin");
}

/**
 * The programs that a command runs, in order, as written: the script rather than its
 * interpreter, the sourced file rather than `source`. Shell built-ins are left out.
 */
export function programsOf(reading: ShellReading): readonly ByteString[] {
  let folder = "";
  return reading.commands.flatMap(({ words, runsItsInput }) => {
    const [first = ""] = words;
    const program = basename(first);
    if (program === "cd") folder = words[1]?.startsWith("/") === true ? words[1].replace(/\/+$/, "") : "";
    // `cd /tmp && ./x` runs /tmp/x.
    if (folder !== "" && first.startsWith("./")) return [`${folder}${first.slice(1)}`];
    if (builtins.has(program)) return [];
    if (program === "." || program === "source") return words[1] ? [words[1]] : [];
    if (!runsItsInput && interpreters.has(program.replace(/[\d.]+$/, ""))) {
      const argument = words.findIndex(
        (word, index) => index > 0 && (!word.startsWith("-") || /^-[a-zA-Z]*[ce]$/.test(word)),
      );
      const script = words[argument] ?? "";
      if (script.startsWith("./") && folder !== "") return [`${folder}${script.slice(1)}`];
      if (!script.startsWith("-") && script.includes("/")) return [script];
    }
    return first === "" ? [] : [first];
  });
}

const builtins = new Set(
  ":,alias,break,case,cd,continue,declare,echo,esac,eval,exit,export,false,for,function,in,local,printf,pushd,popd,read,readonly,return,select,set,shift,shopt,trap,true,typeset,ulimit,umask,unalias,unset,wait".split(
    ",",
  ),
);
