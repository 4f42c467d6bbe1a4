import type { ByteString } from "../text/byteString.ts";
import { basename } from "../text/paths.ts";
import type { RiskReason } from "./autostartClass.ts";
import { programsOf, readShell, type ShellReading } from "./parsers/shellCommand.ts";

export interface CommandReading {
  /** The program that matters most: a suspicious one first, then an absolute path, then the first. */
  readonly program?: ByteString;
  readonly toleratesMissing: boolean;
  readonly risk: readonly RiskReason[];
}

/** Judges a shell command by its text alone. */
export function judgeCommand(command: ByteString): CommandReading {
  const reading = readShell(command);
  const programs = programsOf(reading);
  const program = programs.find(isUnusualPath) ?? programs.find((name) => name.startsWith("/")) ?? programs[0];
  return {
    ...(program === undefined ? {} : { program }),
    toleratesMissing: reading.isGuarded,
    risk: [...new Set([...programs.flatMap(judgePath), ...judgeFlow(reading, programs), ...judgeText(command)])],
  };
}

/** What a path alone says about the program behind it. */
export function judgePath(path: ByteString): readonly RiskReason[] {
  const risk: RiskReason[] = [];
  if (isTemporary(path)) risk.push("program in a temporary folder");
  if (isHidden(path)) risk.push("hidden program");
  if (path.includes("/") && isSystemName(basename(path)) && !isSystemFolder(path))
    risk.push("system name in an unusual place");
  return risk;
}

function isUnusualPath(path: ByteString): boolean {
  return isTemporary(path) || isHidden(path);
}

function isTemporary(path: ByteString): boolean {
  return /^\/(?:tmp|var\/tmp|dev\/shm|run\/shm|run\/lock|run\/user\/\d+|var\/lock|dev\/mqueue|proc\/\d+|var\/spool\/(?:samba|cron))(?:\/|$)|^\/dev\/[^/]+$/.test(
    path,
  );
}

/** A component that a plain listing skips, or that looks like nothing: `.x`, `...`, `. `, a trailing blank. */
function isHidden(path: ByteString): boolean {
  if (!path.includes("/")) return false;
  return path.split("/").some((name) => {
    if (name === "." || name === ".." || name === "") return false;
    if (/^\s|\s$/.test(name)) return true;
    return name.startsWith(".") && !ordinaryDotNames.has(name);
  });
}

/** Dot folders from which people run their own tools. */
const ordinaryDotNames = new Set(
  ".local,.config,.cargo,.rustup,.nvm,.pyenv,.rbenv,.rvm,.sdkman,.asdf,.bun,.deno,.npm-global,.pm2,.acme.sh,.bashrc,.bash_profile,.bash_aliases,.bash_completion,.bash_logout,.profile,.zshrc,.zprofile,.zshenv,.oh-my-zsh,.venv,.virtualenvs,.pulse,.vscode-server,.linuxbrew,.ghcup,.opam,.cabal,.jenv,.goenv,.fzf,.fzf.bash,.fzf.zsh,.nix-profile,.dotnet,.composer,.krew".split(
    ",",
  ),
);

function isSystemName(name: ByteString): boolean {
  return /^(?:\[.*\]|systemd(?:-[a-z]+)*|init|kthreadd|kworker.*|ksoftirqd.*|kswapd\d*|migration.*|rcu_.*|watchdogd?\d*|sshd|crond?|atd|rsyslogd|syslogd|dbus-daemon|udevd|agetty|login|networkd|NetworkManager|polkitd|irqbalance|auditd|dhclient|getty|bash|sh|ps|top|ls|netstat|ss)$/.test(
    name,
  );
}

function isSystemFolder(path: ByteString): boolean {
  return (
    /^\/(?:usr\/)?(?:s?bin|lib(?:exec|32|64)?)\//.test(path) || /^\/(?:nix\/store|gnu\/store|snap|etc)\//.test(path)
  );
}

const downloaders = new Set(
  "curl,wget,wget1,cur1,cd1,wd1,fetch,aria2c,lwp-download,lwp-request,GET,ftpget,tftp,lynx".split(","),
);
const decoders = new Set("base64,base32,xxd,uudecode,openssl,gunzip,zcat,xz,xzcat,rev,tr".split(","));
const markers = new Set(["chmod", "install"]);

/** Something fetched or unpacked, and then run. */
function judgeFlow({ commands }: ShellReading, programs: readonly ByteString[]): readonly RiskReason[] {
  const names = commands.map(({ words: [first = ""] }) => basename(first));
  const fetches = commands.filter((_, index) => downloaders.has(names[index] ?? ""));
  const feeds = commands.some(({ runsItsInput }) => runsItsInput);
  const fetched = new Set(fetches.flatMap(({ words }) => words.slice(1)));
  const risk: RiskReason[] = [];
  if (fetches.length > 0) {
    const isMadeExecutable = commands.some(
      ({ words }, index) =>
        markers.has(names[index] ?? "") &&
        words.slice(1).some((word) => /[+=][rwx]*x|^[0-7]*[1357][0-7]{0,2}$/.test(word)),
    );
    const isRunLater = programs.some((program) => fetched.has(program) || isTemporary(program));
    if (feeds || isMadeExecutable || isRunLater) risk.push("downloads and runs");
  }
  const decodes = commands.some(({ words }, index) => unpacks(names[index] ?? "", words));
  if (decodes && feeds) risk.push("decodes and runs");
  return risk;
}

function unpacks(name: ByteString, words: readonly ByteString[]): boolean {
  if (!decoders.has(name)) return false;
  if (name === "rev" || name === "zcat" || name === "gunzip" || name === "uudecode" || name === "xzcat") return true;
  if (name === "tr") return words.length > 2 && /[a-zA-Z]-[a-zA-Z]/.test(words[1] ?? "");
  return words.slice(1).some((word) => /^(?:-d|-D|-di|--decode|-r|-dc|-cd)/.test(word) || word === "-rp");
}

/** Signs that do not depend on how the command is built. */
export function judgeText(text: ByteString): readonly RiskReason[] {
  const head = text.slice(0, 16_384);
  const risk: RiskReason[] = [];
  if (/\/dev\/(?:tcp|udp)\/[^\s/]/.test(head)) risk.push("opens a network connection from the shell");
  if (/\bLD_(?:PRELOAD|AUDIT)\s*\+?=\s*[^\s;"']/.test(head) || /\bLD_(?:PRELOAD|AUDIT)\s*\+?=\s*["'][^"']/.test(head))
    risk.push("loads a library into other programs");
  if (/\bexec\s*\(/.test(head) && /\burlopen\b|\burlretrieve\b|\brequests\.get\b/.test(head))
    risk.push("downloads and runs");
  if (/\bexec\s*\(/.test(head) && /\bb64decode\b|\bdecompress\b/.test(head)) risk.push("decodes and runs");
  if (/\beval\s*\(/.test(head) && /\bdecode_base64\b|\bbase64_decode\b/.test(head)) risk.push("decodes and runs");
  if (hidesText(text)) risk.push("hidden text");
  return risk;
}

/**
 * Text that a terminal or an editor would not show: a carriage return that overwrites
 * the line, escape sequences, backspaces, direction marks and zero-width characters, or
 * a command pushed off the screen by blanks or by the length of the line.
 */
export function hidesText(text: ByteString): boolean {
  if (text.length > 16_384) return true;
  // A carriage return before the line end is only a file written on Windows.
  if (/\r(?!$|\n)/.test(text) || /[\0-\x08\x0e-\x1f\x7f]/.test(text)) return true;
  if (/\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|\xc2\x9b|\xf3\xa0[\x80-\x81]/.test(text.slice(1)))
    return true;
  return hasWideGap(text);
}

/** Eighty blanks with something behind them. A loop, because the obvious expression takes quadratic time. */
function hasWideGap(text: ByteString): boolean {
  let run = 0;
  for (const character of text) {
    if (character === " " || character === "\t") run += 1;
    else if (run >= 80 && character !== "\r" && character !== "\n") return true;
    else run = 0;
  }
  return false;
}
