import { statSync } from "node:fs";
import { join } from "node:path";
import { bundles } from "./bundles.ts";
import { buildDistribution } from "./packageExtension.ts";

/** `npm run build`: writes dist/*.cjs and says how large each one is. */
async function main(): Promise<void> {
  const root = join(__dirname, "..");
  const startedAt = Date.now();
  await buildDistribution(root);
  for (const { name } of bundles) {
    console.log(`dist/${name}.cjs ${(statSync(join(root, `dist/${name}.cjs`)).size / 1024).toFixed(0)} KB`);
  }
  console.log(`built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
