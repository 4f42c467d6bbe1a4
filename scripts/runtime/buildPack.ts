import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readElf } from "./elf.ts";
import { fetchLibraries, fetchNode, loaderName, readCopyrights, readLibrary, type Architecture } from "./fetchParts.ts";
import { privateLoader } from "./privateLoader.ts";
import { tarArchive, type TarFile } from "./tarArchive.ts";

export interface Pack {
  readonly archive: Buffer;
  readonly unpackedBytes: number;
  readonly loader: string;
  /** Names of the libraries beside the loader, sorted. */
  readonly libraries: readonly string[];
}

/** Builds one runtime pack in the empty folder `folder`: Node with its own C library and loader. */
export function buildPack(
  folder: string,
  architecture: Architecture,
  nodeVersion: string,
  log: (line: string) => void,
): Pack {
  mkdirSync(folder, { recursive: true });
  const nodeFolder = fetchNode(folder, architecture, nodeVersion);
  const node = strip(join(nodeFolder, "bin/node"), join(folder, "node"), architecture, log);
  const root = fetchLibraries(folder, architecture);
  const loader = loaderName(root);
  const libraries = libraryClosure(root, node, loader);
  for (const [name, bytes] of [["node", node] as const, ...libraries]) {
    if (readElf(bytes).machine !== architecture) throw new Error(`${name} is not for ${architecture}`);
  }
  const licences = `${readFileSync(join(nodeFolder, "LICENSE"), "utf8")}\n${readCopyrights(root)}`;
  const files: readonly TarFile[] = [
    { name: "node", bytes: node, isExecutable: true },
    { name: loader, bytes: privateLoader(readLibrary(root, loader)), isExecutable: true },
    ...[...libraries].map(([name, bytes]) => ({ name, bytes, isExecutable: false })),
    { name: "LICENSES.txt", bytes: Buffer.from(licences), isExecutable: false },
  ];
  return {
    archive: tarArchive(files),
    unpackedBytes: files.reduce((total, file) => total + file.bytes.length, 0),
    loader,
    libraries: [...libraries.keys()].sort(),
  };
}

/** Every library that Node needs, and what those need in turn, without the loader. */
function libraryClosure(root: string, node: Buffer, loader: string): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  const wanted = [...readElf(node).needed];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (name === loader || found.has(name)) continue;
    const bytes = readLibrary(root, name);
    found.set(name, bytes);
    wanted.push(...readElf(bytes).needed);
  }
  return found;
}

/** Drops the symbols, which are a sixth of the file; keeps them, and says so, where no tool for it is found. */
function strip(source: string, target: string, architecture: Architecture, log: (line: string) => void): Buffer {
  const triplet = architecture === "x64" ? "x86_64-linux-gnu" : "aarch64-linux-gnu";
  const own = process.arch === architecture ? ["strip"] : [];
  const tools = [...own, `${triplet}-strip`, "llvm-strip"];
  if (tools.some((tool) => spawnSync(tool, ["-o", target, source]).status === 0)) return readFileSync(target);
  const suite = `binutils-${triplet.replaceAll("_", "-")}`;
  if (process.getuid?.() === 0) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["install", "-qq", "-y", "--no-install-recommends", suite], { env, stdio: "ignore" });
    if (spawnSync(`${triplet}-strip`, ["-o", target, source]).status === 0) return readFileSync(target);
  }
  log(`Node for ${architecture} keeps its symbols: no strip program for it (apt-get install ${suite}).`);
  return readFileSync(source);
}
