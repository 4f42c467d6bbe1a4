import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, realpathSync } from "node:fs";
import { join, resolve, sep } from "node:path";

export type Architecture = "x64" | "arm64";

const debianNames: Readonly<Record<Architecture, string>> = { x64: "amd64", arm64: "arm64" };

/** Debian's packages with the loader, the C library, the C++ library and the unwinder. */
const debianPackages = ["libc6", "libstdc++6", "libgcc-s1"];

/** Downloads Node for one architecture through npm and returns the path of its folder inside `folder`. */
export function fetchNode(folder: string, architecture: Architecture, version: string): string {
  const name = `node-linux-${architecture}`;
  run(folder, "npm", ["pack", "--silent", "--loglevel=error", `${name}@${version}`]);
  run(folder, "tar", ["-xzf", `${name}-${version}.tgz`]);
  return join(folder, "package");
}

/**
 * Downloads and unpacks Debian's C and C++ libraries for one architecture, which may be a
 * foreign one: apt works in a folder of its own, with the machine's sources, and the
 * machine's own packages and architectures stay as they are.
 */
export function fetchLibraries(folder: string, architecture: Architecture): string {
  if (spawnSync("apt-get", ["--version"]).error !== undefined) {
    throw new Error("the runtime packs are made of Debian's libraries: apt-get is needed");
  }
  const debian = debianNames[architecture];
  const state = join(folder, "apt-state");
  const cache = join(folder, "apt-cache");
  mkdirSync(join(state, "lists/partial"), { recursive: true });
  mkdirSync(join(cache, "archives/partial"), { recursive: true });
  const options = [
    `Dir::State=${state}`,
    "Dir::State::status=/dev/null",
    `Dir::Cache=${cache}`,
    `APT::Architecture=${debian}`,
    `APT::Architectures::=${debian}`,
    "APT::Sandbox::User=root",
    "Debug::NoLocking=true",
  ].flatMap((option) => ["-o", option]);
  // A third-party source without this architecture may fail here; the download below decides.
  spawnSync("apt-get", [...options, "-qq", "update"], { stdio: "ignore" });
  run(folder, "apt-get", [...options, "-qq", "download", ...debianPackages.map((name) => `${name}:${debian}`)]);
  const root = join(folder, "libraries");
  for (const file of readdirSync(folder).filter((file) => file.endsWith(".deb"))) {
    run(folder, "dpkg-deb", ["-x", file, root]);
  }
  return root;
}

/** The bytes of a library by name, from the unpacked Debian packages; a link is followed inside them only. */
export function readLibrary(root: string, name: string): Buffer {
  const path = findLibrary(root, name);
  if (path === undefined) throw new Error(`${name} is not in ${debianPackages.join(", ")}`);
  const target = realpathSync(path);
  if (!target.startsWith(resolve(root) + sep)) throw new Error(`${name} is a link to ${target}`);
  return readFileSync(target);
}

/** Debian's notes on copyright for the libraries in a pack. */
export function readCopyrights(root: string): string {
  return debianPackages
    .map((name) => join(root, "usr/share/doc", name, "copyright"))
    .filter((path) => existsSync(path) && lstatSync(path).isFile())
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
}

/** The name of the dynamic loader that the libraries hold. */
export function loaderName(root: string): string {
  const name = libraryFolders(root)
    .flatMap((folder) => readdirSync(folder))
    .find((file) => /^ld-linux-[\w-]+\.so\.\d+$/.test(file));
  if (name === undefined) throw new Error("no dynamic loader in libc6");
  return name;
}

function findLibrary(root: string, name: string): string | undefined {
  return libraryFolders(root)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/** lib/<triplet> and usr/lib/<triplet>: where Debian keeps libraries, without the subfolders for plug-ins. */
function libraryFolders(root: string): readonly string[] {
  return ["lib", "usr/lib"]
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((triplet) => join(folder, triplet)))
    .filter((folder) => folder.endsWith("-linux-gnu"));
}

function run(cwd: string, program: string, argv: readonly string[]): void {
  const result = spawnSync(program, argv, { cwd, encoding: "utf8", maxBuffer: 64 << 20 });
  if (result.status !== 0) {
    throw new Error(
      `${program} ${argv.at(-1) ?? ""} failed: ${(result.stderr || (result.error?.message ?? "")).trim()}`,
    );
  }
}
