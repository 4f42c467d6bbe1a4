import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { OpsError } from "#core/opsError";
import { showText } from "#core/text/showBytes";
import { matchesWildcard } from "../hostKeys/wildcard.ts";
import { splitArguments } from "./configValues.ts";
import type { ResolveEnvironment } from "./resolveEnvironment.ts";

/** One file of ssh_config, with the folder that relative Include paths start from. */
export interface ConfigFile {
  readonly path: string;
  readonly includeFolder: string;
}

const largestFile = 1 << 20;
const deepestInclude = 16;

/** The files that OpenSSH would read: the given one alone, or the user's and the system's. */
export function configFiles(environment: ResolveEnvironment): readonly ConfigFile[] {
  const userFolder = join(environment.home, ".ssh");
  if (environment.configFile !== undefined) return [{ path: environment.configFile, includeFolder: userFolder }];
  const systemFolder =
    environment.platform === "win32" ? join(environment.variables["ProgramData"] ?? "C:\\", "ssh") : "/etc/ssh";
  return [
    { path: join(userFolder, "config"), includeFolder: userFolder },
    { path: join(systemFolder, "ssh_config"), includeFolder: systemFolder },
  ];
}

/** A keyword and the rest of its line, undefined for comments and empty lines. */
export function readDirective(line: string): { readonly keyword: string; readonly rest: string } | undefined {
  const parts = /^[ \t]*([A-Za-z][A-Za-z0-9]*)(?:[ \t]*=[ \t]*|[ \t]+)(.*?)[ \t\r]*$/.exec(line);
  return parts === null ? undefined : { keyword: (parts[1] ?? "").toLowerCase(), rest: parts[2] ?? "" };
}

/**
 * The text of a file with its Include lines replaced by what they name.
 * @param follows asked for each Include with the `Host` or `Match` line it stands under;
 *   undefined at the top of a file
 * @throws OpsError `badInput` for an unreadable file or Includes nested deeper than 16
 */
export async function readWithIncludes(
  file: ConfigFile,
  environment: ResolveEnvironment,
  follows: (section: string | undefined) => boolean,
  depth = 0,
): Promise<string> {
  if (depth > deepestInclude)
    throw new OpsError("badInput", `Include goes deeper than ${deepestInclude} files at ${showText(file.path)}.`);
  const lines: string[] = [];
  let section: string | undefined;
  for (const line of (await readConfig(file.path)).split("\n")) {
    const directive = readDirective(line);
    if (directive?.keyword === "host" || directive?.keyword === "match") section = line;
    // ssh-config asks a DNS program when names are canonicalised; without a system ssh they are not.
    if (directive?.keyword === "canonicalizehostname") continue;
    if (directive?.keyword !== "include") {
      lines.push(line.replace(/\r$/, ""));
      continue;
    }
    if (!follows(section)) continue;
    for (const path of await includedPaths(directive.rest, file, environment))
      lines.push(await readWithIncludes({ ...file, path }, environment, follows, depth + 1));
    // An included file may have opened sections of its own; the one around it goes on after it.
    lines.push(section ?? "Host *");
  }
  return lines.join("\n");
}

async function includedPaths(
  rest: string,
  file: ConfigFile,
  environment: ResolveEnvironment,
): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const written of splitArguments(rest)) {
    const path = written.startsWith("~/") ? join(environment.home, written.slice(2)) : written;
    paths.push(...(await expandGlob(isAbsolute(path) ? path : join(file.includeFolder, path))));
  }
  return paths;
}

/** Files that match a path with wildcards in its last parts, sorted as glob(3) does. */
async function expandGlob(pattern: string): Promise<readonly string[]> {
  if (!/[*?]/.test(pattern)) return [pattern];
  const folder = dirname(pattern);
  const name = pattern.slice(folder.length).replace(/^[/\\]/, "");
  const folders = await expandGlob(folder);
  const matches: string[] = [];
  for (const parent of folders) {
    const names = await readdir(parent).catch(() => []);
    for (const entry of names.sort((one, other) => (one < other ? -1 : 1)))
      if (matchesWildcard(entry, name) && (!entry.startsWith(".") || name.startsWith(".")))
        matches.push(join(parent, entry));
  }
  return matches;
}

async function readConfig(path: string): Promise<string> {
  try {
    const status = await stat(path);
    if (!status.isFile()) throw new OpsError("badInput", `${showText(path)} is not a regular file.`);
    if (status.size > largestFile) throw new OpsError("badInput", `${showText(path)} is larger than 1 MiB.`);
    return await readFile(path, "utf8");
  } catch (error) {
    if (OpsError.is(error)) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") return "";
    throw new OpsError("badInput", `The ssh configuration ${showText(path)} cannot be read (${code}).`, {
      nextStep: "Make the file readable.",
      cause: error,
    });
  }
}
