import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Proven together; code-server 4.139.1 is VS Code 1.139.1. */
const versions = { codeServer: "4.139.1", node: "24.21.0" } as const;

export type Editor =
  | { readonly kind: "installed"; readonly node: string; readonly entry: string; readonly chromium: string }
  | { readonly kind: "unavailable"; readonly reason: string };

/**
 * A real VS Code that needs no download outside the npm registry and Debian's packages:
 * code-server with its own Node, and Debian's chromium to show it in.
 *
 * The first call installs (about a minute, 800 MB) into `$COUNTERMINE_CACHE` or
 * `~/.cache/countermine`; later calls only look. Never throws: what is missing and how to
 * get it is the reason in the answer.
 */
export function installEditor(log: (line: string) => void = console.log): Editor {
  if (process.platform !== "linux" || (process.arch !== "x64" && process.arch !== "arm64")) {
    return unavailable(`the editor rig runs on Linux x64 and arm64, this is ${process.platform} ${process.arch}`);
  }
  const chromium = findChromium() ?? installDebianPackages(["chromium", "fonts-dejavu-core"], log) ?? findChromium();
  if (chromium === undefined) return unavailable("no chromium: apt-get install chromium fonts-dejavu-core");
  if (typeof chromium !== "string") return chromium;

  const cache = process.env["COUNTERMINE_CACHE"] ?? join(homedir(), ".cache", "countermine");
  const folder = join(cache, `editor-${versions.codeServer}-${versions.node}`);
  if (!existsSync(folder)) {
    const failure = buildEditor(cache, folder, log);
    if (failure !== undefined) return failure;
  }
  return {
    kind: "installed",
    node: join(folder, nodePackage, "bin/node"),
    entry: join(folder, "node_modules/code-server/out/node/entry.js"),
    chromium,
  };
}

const nodePackage = `node_modules/node-linux-${process.arch}`;

type Unavailable = Extract<Editor, { kind: "unavailable" }>;

/** Installs beside the final folder and renames at the end, so that a folder with the final name is complete. */
function buildEditor(cache: string, folder: string, log: (line: string) => void): Unavailable | undefined {
  if (!["gcc", "make", "python3"].every(isOnPath)) {
    const failure = installDebianPackages(["build-essential", "python3"], log);
    if (failure !== undefined) return failure;
  }
  log("Installing the editor host (once, about a minute)...");
  mkdirSync(cache, { recursive: true });
  const partial = mkdtempSync(`${folder}.partial-`);
  try {
    writeFileSync(join(partial, "package.json"), '{ "private": true }\n');
    const vscode = join(partial, "node_modules/code-server/lib/vscode");
    const bin = join(partial, nodePackage, "bin");
    const env = {
      ...process.env,
      PATH: `${bin}:${process.env["PATH"] ?? ""}`,
      npm_config_nodedir: join(partial, nodePackage),
    };
    const quiet = ["--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"];
    const steps: readonly (readonly [cwd: string, ...argv: string[]])[] = [
      [
        partial,
        "install",
        ...quiet,
        `node-linux-${process.arch}@${versions.node}`,
        `code-server@${versions.codeServer}`,
      ],
      [vscode, "install", "--omit=dev", ...quiet],
      [vscode, "rebuild", "@vscode/spdlog", "@parcel/watcher", "node-pty", "@vscode/native-watchdog"],
      [join(vscode, "extensions"), "install", "--omit=dev", ...quiet],
    ];
    for (const [cwd, ...argv] of steps) {
      const npm = spawnSync("npm", argv, { cwd, env, encoding: "utf8", maxBuffer: 64 << 20 });
      if (npm.status !== 0) return unavailable(`npm ${argv.join(" ")} failed: ${lastLines(npm.stderr)}`);
    }
    chmodSync(partial, 0o755);
    renameSync(partial, folder);
  } catch (error) {
    // Somebody else may have finished the same folder first; theirs is as good.
    if (!existsSync(folder)) return unavailable(`the editor could not be installed: ${String(error)}`);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return undefined;
}

function installDebianPackages(packages: readonly string[], log: (line: string) => void): Unavailable | undefined {
  const command = `apt-get install --no-install-recommends ${packages.join(" ")}`;
  if (process.getuid?.() !== 0 || !isOnPath("apt-get")) return unavailable(`missing Debian packages: ${command}`);
  log(`Installing Debian packages (once): ${packages.join(" ")}...`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update", "-qq"], { env, stdio: "ignore" });
  const install = spawnSync("apt-get", ["install", "-qq", "-y", "--no-install-recommends", ...packages], {
    env,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  return install.status === 0 ? undefined : unavailable(`${command} failed: ${lastLines(install.stderr)}`);
}

function findChromium(): string | undefined {
  const named = process.env["CHROMIUM"];
  return [...(named === undefined ? [] : [named]), "/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) =>
    existsSync(path),
  );
}

function isOnPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, program)));
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-3).join(" | ");
}

function unavailable(reason: string): Unavailable {
  return { kind: "unavailable", reason };
}
