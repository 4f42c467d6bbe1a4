import type { ProcessFact } from "../facts/process.ts";
import type { ByteString } from "../text/byteString.ts";
import { basename } from "../text/paths.ts";
import { isScriptLanguage, isShell, programName } from "./programName.ts";

/**
 * The file that a shell or a script language runs, as an absolute path: its first
 * argument that is no option, the file behind its input, or the file that bash keeps
 * open. `undefined` for program text on the command line and for other programs.
 */
export function scriptOfProcess(process: ProcessFact): ByteString | undefined {
  const name = programName(process);
  if (!isShell(name) && !isScriptLanguage(name)) return undefined;
  const words = process.argv;
  const isMultiCall = /(?:^|\/)(?:busybox|toybox)$/.test((words[0] ?? "").slice(0, 4096));
  for (const word of words.slice(isMultiCall ? 2 : 1)) {
    if (word === "" || word.length > 4096) continue;
    if (/^-\w*[ceE]$/.test(word) || word === "-m" || word === "--eval") return undefined;
    if (word.startsWith("-") || word.startsWith("+")) continue;
    const script = absolute(word, process.cwd);
    // `bash <(…)` reads a pipe that has no name of its own.
    return script === undefined || /^\/(?:dev\/(?:fd\/|stdin$)|proc\/(?:self|\d+)\/fd\/)/.test(script)
      ? undefined
      : script;
  }
  const input = process.standardStreams[0];
  if (input !== undefined && isRegularPath(input)) return input;
  return process.openFiles.find(
    (path) => isRegularPath(path) && /\.(?:sh|bash|pl|py|rb|php|lua)$/.test(basename(path)),
  );
}

/** Joins with the working folder and resolves `.` and `..` by text; the result is looked at, never opened. */
export function absolute(path: ByteString, cwd: ByteString | undefined): ByteString | undefined {
  if (!path.startsWith("/") && cwd === undefined) return undefined;
  const parts: ByteString[] = [];
  for (const part of (path.startsWith("/") ? path : `${cwd}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function isRegularPath(stream: ByteString): boolean {
  return stream.startsWith("/") && !/^\/(?:dev\/(?!shm\/)|proc\/|sys\/)/.test(stream);
}
