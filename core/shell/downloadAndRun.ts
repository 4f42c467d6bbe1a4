import type { ByteString } from "../text/byteString.ts";
import { decodeBase64Runs } from "../text/base64.ts";
import { basename } from "../text/paths.ts";
import { downloadSources, type DownloadSource } from "./downloadSources.ts";

/** A command that fetches a program and runs it at once, unread. */
export interface DownloadAndRun {
  /**
   * - `pipe`: the download goes straight into an interpreter
   * - `file`: it goes into a file that is run afterwards
   * - `decoded`: encoded text goes through a decoder into an interpreter
   * - `device`: bash itself speaks HTTP through /dev/tcp
   */
  readonly form: "pipe" | "file" | "decoded" | "device";
  readonly sources: readonly DownloadSource[];
  /** The command itself was in base64. */
  readonly isEncoded: boolean;
}

/** Finds such commands in shell text, also inside base64; one for each form. Linear in the length of the text. */
export function findDownloadAndRun(text: ByteString): readonly DownloadAndRun[] {
  const plain = formsIn(text).map((form) => ({ form, sources: downloadSources(text), isEncoded: false }));
  const encoded = decodeBase64Runs(text).flatMap((decoded) =>
    formsIn(decoded).map((form) => ({ form, sources: downloadSources(decoded), isEncoded: true })),
  );
  return [...plain, ...encoded];
}

const concerned =
  /\b(?:curl|wget|fetch|lwp-download|lwp-request|aria2c|ftpget|tftp|base64|base32|xxd|openssl|urlopen|urlretrieve|urllib|requests|LWP|HTTP|file_get_contents|open-uri|https?\.get)\b|\/dev\/tcp\//;

function formsIn(text: ByteString): readonly DownloadAndRun["form"][] {
  if (!concerned.test(text)) return [];
  const forms = new Set<DownloadAndRun["form"]>();
  if (runsSubstitution(text) || runsFetchedCode(text)) forms.add("pipe");
  const speaksHttp = /\/dev\/tcp\/[^\s/]/.test(text) && /\bGET\b/.test(text) && /HTTP\/1/.test(text);
  if (speaksHttp && /\bchmod\b|\bsh\b|\bexec\s+\S*\//.test(text)) forms.add("device");
  addFormsOfStatements(text, forms);
  return [...forms];
}

const mostStatements = 4096;
const mostWords = 64;

function addFormsOfStatements(text: ByteString, forms: Set<DownloadAndRun["form"]>): void {
  const files = new Set<ByteString>();
  for (const statement of text.split(/\n|;|&&|\|\||&(?![>\d])/, mostStatements)) {
    let hasDownload = false;
    let hasDecoder = false;
    for (const stage of statement.split("|", mostWords)) {
      const words = wordsOf(stage);
      if (words.length === 0) continue;
      if (runsInput(words)) {
        if (hasDownload) forms.add("pipe");
        else if (hasDecoder) forms.add("decoded");
      }
      if (files.size > 0 && runsFile(words, files)) forms.add("file");
      if (isDecoder(words)) hasDecoder = true;
      const download = words.findIndex((word) => downloaders.has(basename(word)));
      if (download < 0) continue;
      hasDownload = true;
      for (const file of targetsOf(words.slice(download + 1))) files.add(file);
    }
  }
}

const downloaders = new Set([
  "curl",
  "wget",
  "fetch",
  "lwp-download",
  "lwp-request",
  "aria2c",
  "ftpget",
  "tftp",
  "wget2",
]);
const interpreter = /^(?:(?:ba|da|z|k|a|c|tc|fi)?sh|python[\d.]*|perl[\d.]*|ruby[\d.]*|php[\d.]*|node|lua[\d.]*)$/;
const launchers =
  /^(?:sudo|doas|env|nohup|exec|time|nice|ionice|timeout|setsid|command|builtin|busybox|then|do|else|if|!|\{|stdbuf|unbuffer|xargs|su|chroot|eval|flock)$/;

function wordsOf(stage: ByteString): readonly ByteString[] {
  return stage
    .slice(0, 8192)
    .split(/[\s"'`()]+/, mostWords + 1)
    .filter((word) => word !== "")
    .slice(0, mostWords);
}

/** Index of the command itself, behind assignments and programs that start another. */
function commandAt(words: readonly ByteString[]): number {
  let index = 0;
  while (index < words.length) {
    const word = words[index] ?? "";
    const isPrefix =
      /^\w+=/.test(word) || launchers.test(basename(word)) || (index > 0 && /^(?:-|\d+[smhd]?$)/.test(word));
    if (!isPrefix) return index;
    index += 1;
  }
  return -1;
}

/** An interpreter without a file of its own: it runs what it reads. */
function runsInput(words: readonly ByteString[]): boolean {
  const at = commandAt(words);
  if (at < 0 || !interpreter.test(basename(words[at] ?? ""))) return false;
  for (const [index, word] of words.entries()) {
    if (index <= at || /^[\d&]*[<>]+$/.test(words[index - 1] ?? "")) continue;
    if (/^-[a-zA-Z]*s$/.test(word) || word === "-" || word === "--") return true;
    if (/^-[a-zA-Z]*[cem]$/.test(word)) return false;
    if (/^[\d&]*[<>]/.test(word) || word.startsWith("-") || word === "&") continue;
    return /^\/dev\/(?:stdin|fd\/0)$|^\/proc\/self\/fd\/0$/.test(word);
  }
  return true;
}

function isDecoder(words: readonly ByteString[]): boolean {
  const at = commandAt(words);
  const name = basename(words[at] ?? "");
  const options = words.slice(at + 1);
  if (name === "base64" || name === "base32") return options.some((word) => /^-\w*[dD]$|^--decode$/.test(word));
  if (name === "xxd") return options.some((word) => /^-\w*r/.test(word));
  return name === "openssl" && options.includes("-d");
}

/** Names under which a download is stored: given by an option, by a redirection, or the last part of the address. */
function targetsOf(words: readonly ByteString[]): readonly ByteString[] {
  const targets: ByteString[] = [];
  for (const [index, word] of words.entries()) {
    const following = words[index + 1] ?? "";
    const attached = /^(?:--output=|--output-document=|-O(?=[^-])|-o(?=\/)|1?>>?)(.+)$/.exec(word)?.[1];
    if (attached !== undefined) targets.push(attached);
    else if (/^(?:-[a-zA-Z]*[oO]|--output|--output-document|1?>>?)$/.test(word) && !/^-./.test(following))
      targets.push(following);
    if (/^(?:https?|ftp|tftp):\/\/[^/]+\//.test(word)) targets.push(word.split(/[?#]/, 1)[0] ?? "");
  }
  return targets.map((target) => basename(target)).filter((name) => name !== "" && name !== "-" && name !== "null");
}

function runsFile(words: readonly ByteString[], files: ReadonlySet<ByteString>): boolean {
  const at = commandAt(words);
  const command = words[at] ?? "";
  if (at < 0) return false;
  // A bare name would be looked for in PATH: only a path, or a variable, is the file itself.
  if (/[/$]/.test(command) && files.has(basename(command))) return true;
  if (!interpreter.test(basename(command)) && command !== "." && command !== "source") return false;
  const argument = words.slice(at + 1).find((word) => !word.startsWith("-"));
  return argument !== undefined && files.has(basename(argument));
}

const mostSubstitutions = 256;

/** `sh -c "$(curl …)"`, `bash <(wget …)`, `eval` and backquotes. */
function runsSubstitution(text: ByteString): boolean {
  const opening = /(?:<\(|\$\(|`)\s{0,4}(?:sudo\s{1,4})?(?:\/[\w/]{0,40}\/)?(?:curl|wget|fetch|lwp-request)\s/g;
  for (let count = 0; count < mostSubstitutions; count += 1) {
    const match = opening.exec(text);
    if (match === null) return false;
    const before = text.slice(Math.max(0, match.index - 80), match.index);
    if (
      /(?:^|[\s;&|(/])(?:(?:ba|da|z|k|a)?sh|source|eval|\.|python[\d.]*|perl|ruby|php|node)(?:\s{1,4}-{1,2}[\w-]{1,20}){0,4}\s{0,4}["']?$/.test(
        before,
      )
    )
      return true;
  }
  return false;
}

/** Program text of a script language that fetches and then runs what it got. */
function runsFetchedCode(text: ByteString): boolean {
  return (
    /\burlopen\b|\burlretrieve\b|\brequests\.get\b|\bLWP::Simple\b|file_get_contents\s?\(\s?['"]https?:|\bNet::HTTP\b|open-uri|\bhttps?\.get\s?\(/.test(
      text,
    ) &&
    /\b(?:exec|eval|system|popen|Popen|subprocess|execSync|spawn|passthru|shell_exec)\b/.test(text) &&
    /https?:\/\/|ftp:\/\//.test(text)
  );
}
