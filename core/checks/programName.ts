import type { ProcessFact } from "../facts/process.ts";
import type { ByteString } from "../text/byteString.ts";
import { basename } from "../text/paths.ts";

/**
 * What kind of program an executable is by the name of its file, without the version:
 * `python3.11` is `python`. For a multi-call binary the applet counts. Empty when the
 * executable could not be read. A renamed copy is none of these; checks that rely on a
 * name say so as their weakness.
 */
export function programName(process: ProcessFact): string {
  const path = process.exe?.path;
  if (path === undefined) return "";
  const name = basename(path);
  if (name !== "busybox" && name !== "toybox") return withoutVersion(name);
  const [first = "", second = ""] = process.argv.map((argument) => basename(argument.slice(0, 4096)));
  const applet = first === name ? second : first;
  return withoutVersion(applet.replace(/^-/, ""));
}

/** `python3.11` and `php-fpm8.2` as `python` and `php-fpm`, `bash-static` as `bash`. */
export function withoutVersion(name: ByteString): string {
  const stem = /^([A-Za-z][A-Za-z_+-]*?)(?:-static|-bin)?-?\d[\d.]*[a-z]*$/.exec(name)?.[1] ?? name;
  return stem.replace(/-static$/, "");
}

const shells = new Set(["sh", "bash", "dash", "zsh", "ksh", "mksh", "pdksh", "ash", "csh", "tcsh", "fish", "rbash"]);

const scriptLanguages = new Set([
  "python",
  "pypy",
  "perl",
  "ruby",
  "php",
  "node",
  "nodejs",
  "deno",
  "bun",
  "lua",
  "luajit",
  "awk",
  "gawk",
  "mawk",
  "tclsh",
  "expect",
]);

const relays = new Set([
  "nc",
  "nc.traditional",
  "nc.openbsd",
  "netcat",
  "ncat",
  "socat",
  "cryptcat",
  "gs-netcat",
  "sbd",
]);

const downloaders = new Set([
  "curl",
  "wget",
  "wget2",
  "aria2c",
  "lwp-download",
  "lwp-request",
  "fetch",
  "axel",
  "ftpget",
]);

export function isShell(name: string): boolean {
  return shells.has(name);
}

export function isScriptLanguage(name: string): boolean {
  return scriptLanguages.has(name);
}

/** Programs that connect their own streams, or a program that they start, with the network. */
export function isRelay(name: string): boolean {
  return relays.has(name);
}

export function isDownloader(name: string): boolean {
  return downloaders.has(name);
}
