import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildBundles, bundleOrigins } from "./bundles.ts";
import { thirdPartyNotices } from "./thirdPartyNotices.ts";

/** Writes everything under dist/ that the package carries, except the runtime packs. */
export async function buildDistribution(root: string): Promise<void> {
  const metafiles = await buildBundles(root);
  const packages = [...metafiles.values()].flatMap((metafile) => bundleOrigins(metafile).packages);
  writeFileSync(join(root, "dist/THIRD-PARTY-NOTICES.txt"), thirdPartyNotices(root, packages));
  chmodSync(join(root, "dist/cli.cjs"), 0o755);
}

export interface PackageOptions {
  /** The runtime packs are 85 MB; a package without them brings no Node to hosts that have none. */
  readonly runtimePacks?: "included" | "leftOut";
}

/**
 * Builds and packs the extension into the file `output`, with the runtime packs that
 * dist/runtime holds. Throws with vsce's own words when it refuses the package.
 */
export async function packageExtension(root: string, output: string, options: PackageOptions = {}): Promise<void> {
  await buildDistribution(root);
  const folder = mkdtempSync(join(tmpdir(), "countermine-package-"));
  try {
    const ignoreFile = join(folder, "vscodeignore");
    const ignored = readFileSync(join(root, ".vscodeignore"), "utf8");
    writeFileSync(ignoreFile, options.runtimePacks === "leftOut" ? ignored.replace("!dist/runtime/**", "") : ignored);
    const vsce = join(root, "node_modules/@vscode/vsce/vsce");
    const argv = [vsce, "package", "--no-dependencies", "--out", output, "--ignoreFile", ignoreFile];
    const run = spawnSync(process.execPath, argv, { cwd: root, encoding: "utf8" });
    if (run.status !== 0 || !existsSync(output)) throw new Error(`vsce package failed:\n${run.stdout}${run.stderr}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
