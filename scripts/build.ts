import { chmodSync, statSync } from "node:fs";
import { join } from "node:path";
import { bundles, buildBundles } from "./bundles.ts";

/** `npm run build`: writes dist/*.cjs and says how large each one is. */
async function main(): Promise<void> {
  const root = join(__dirname, "..");
  const startedAt = Date.now();
  await buildBundles(root);
  chmodSync(join(root, "dist/cli.cjs"), 0o755);
  for (const { name } of bundles) {
    const kilobytes = (statSync(join(root, `dist/${name}.cjs`)).size / 1024).toFixed(0);
    console.log(`dist/${name}.cjs ${kilobytes} KB`);
  }
  console.log(`built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
