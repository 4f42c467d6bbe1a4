import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
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

/**
 * Builds and packs the extension into the file `output`.
 * Throws with vsce's own words when it refuses the package.
 */
export async function packageExtension(root: string, output: string): Promise<void> {
  await buildDistribution(root);
  const vsce = spawnSync(
    process.execPath,
    [join(root, "node_modules/@vscode/vsce/vsce"), "package", "--no-dependencies", "--out", output],
    { cwd: root, encoding: "utf8" },
  );
  if (vsce.status !== 0 || !existsSync(output)) {
    throw new Error(`vsce package failed:\n${vsce.stdout}${vsce.stderr}`);
  }
}
