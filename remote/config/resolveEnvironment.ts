import { accessSync, constants } from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";

/** The operator's machine, as far as resolving a host depends on it. */
export interface ResolveEnvironment {
  readonly home: string;
  readonly userName: string;
  readonly userId: string;
  readonly localHostName: string;
  readonly platform: NodeJS.Platform;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Absolute path of an OpenSSH client; absent when there is none. */
  readonly sshPath?: string;
  /**
   * Read this file instead of the user's and the system's, as `ssh -F` does. It must come
   * from the operator's own settings, never from a workspace: `Match exec` runs commands.
   */
  readonly configFile?: string;
  /** Ends a client that is asked. */
  readonly signal?: AbortSignal;
}

/** The environment of this process. */
export function currentEnvironment(
  options: { readonly configFile?: string; readonly sshPath?: string } = {},
): ResolveEnvironment {
  const user = readUser();
  const sshPath = options.sshPath ?? findSsh(process.env["PATH"] ?? "", process.platform);
  return {
    home: homedir(),
    userName: user.name,
    userId: user.id,
    localHostName: hostname(),
    platform: process.platform,
    variables: process.env,
    ...(sshPath === undefined ? {} : { sshPath }),
    ...(options.configFile === undefined ? {} : { configFile: options.configFile }),
  };
}

/** The first ssh on PATH. Relative entries are passed over: they would mean the workspace. */
function findSsh(path: string, platform: NodeJS.Platform): string | undefined {
  const name = platform === "win32" ? "ssh.exe" : "ssh";
  for (const folder of path.split(delimiter).filter((folder) => isAbsolute(folder))) {
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

function readUser(): { readonly name: string; readonly id: string } {
  try {
    const user = userInfo();
    return { name: user.username, id: String(user.uid) };
  } catch {
    return { name: process.env["USER"] ?? process.env["USERNAME"] ?? "", id: "" };
  }
}
