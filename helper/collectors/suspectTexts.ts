import { isFailure, type Host } from "#core/facts/host";
import type { ProcessFact } from "#core/facts/process";
import { basename, dirname } from "#core/text/paths";
import type { ByteString } from "#core/text/byteString";
import { isGone, type Gaps } from "./gaps.ts";
import { scriptOf } from "./suspects.ts";
import type { TextPlace } from "./textPlaces.ts";

const configNames = /\.(?:json|conf|cfg|ini|txt|ya?ml|toml)$/i;
const mostPerFolder = 50;

/** Folders with thousands of files of other programs; a configuration there is found by its open file or argument. */
const sharedFolders = new Set([
  "/",
  "/bin",
  "/sbin",
  "/usr/bin",
  "/usr/sbin",
  "/usr/local/bin",
  "/usr/local/sbin",
  "/etc",
]);

/** Configuration and scripts that belong to suspect processes. */
export function suspectTexts(
  host: Host,
  suspects: readonly ProcessFact[],
  context: { readonly mountNamespace: string },
  gaps: Gaps,
): readonly TextPlace[] {
  return suspects.flatMap((process) => {
    const root = rootOf(process, context.mountNamespace);
    const at = (topic: TextPlace["topic"], path: ByteString): TextPlace => ({ topic, path: `${root}${path}`, process });
    const script = scriptOf(process);
    return [
      ...(script === undefined ? [] : [at("script", script)]),
      ...configPaths(host, process, root, gaps).map((path) => at("minerConfig", path)),
    ];
  });
}

/** Paths of a process in another mount namespace are looked at through its own root. */
function rootOf({ pid, namespaces }: ProcessFact, mountNamespace: string): ByteString {
  return namespaces.mnt === undefined || namespaces.mnt === mountNamespace ? "" : `/proc/${pid}/root`;
}

function configPaths(host: Host, process: ProcessFact, root: ByteString, gaps: Gaps): readonly ByteString[] {
  const { cwd, exe, openFiles, argv } = process;
  const beside = new Set<ByteString>();
  if (cwd !== undefined) beside.add(cwd);
  if (exe !== undefined && !exe.isMemfd) beside.add(dirname(exe.path));
  const script = scriptOf(process);
  if (script !== undefined) beside.add(dirname(script));
  const named = argv.slice(1).flatMap((argument) => {
    const value = argument.startsWith("-") ? argument.slice(argument.indexOf("=") + 1) : argument;
    if (!configNames.test(value)) return [];
    return value.startsWith("/") ? [value] : cwd === undefined ? [] : [`${cwd}/${value}`];
  });
  const listed = [...beside]
    .filter((folder) => folder.startsWith("/") && !sharedFolders.has(folder))
    .flatMap((folder) => {
      const names = host.list(`${root}${folder}`);
      if (isFailure(names)) {
        if (!isGone(names)) gaps.count("folder of a suspect program", names);
        return [];
      }
      const configs = names.filter((name) => configNames.test(name));
      if (configs.length > mostPerFolder)
        gaps.count("folders of suspect programs with more files than are read", "cut");
      return configs.slice(0, mostPerFolder).map((name) => `${folder}/${name}`);
    });
  return [...new Set([...openFiles.filter((path) => configNames.test(basename(path))), ...named, ...listed])];
}

const unitFolders = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
] as const;

/**
 * The unit files of every service that has a process now, packaged ones too: they say
 * who started a process and by what right. An instance `x@y.service` comes from `x@.service`.
 */
export function unitTexts(processes: readonly ProcessFact[]): readonly TextPlace[] {
  return processes.flatMap((process) => {
    const unit = /\/([^/]+\.service)$/.exec(process.cgroup ?? "")?.[1];
    if (unit === undefined) return [];
    const names = unit.includes("@") ? [unit, unit.replace(/@.*(?=\.service$)/, "@")] : [unit];
    return names.flatMap((name) =>
      unitFolders.map((folder) => ({ topic: "unit", path: `${folder}/${name}`, process }) as const),
    );
  });
}
