import { statSync } from "node:fs";
import { join } from "node:path";
import { packageExtension } from "./packageExtension.ts";

/** `npm run package`: writes dist/countermine.vsix. */
async function main(): Promise<void> {
  const root = join(__dirname, "..");
  const output = join(root, "dist/countermine.vsix");
  await packageExtension(root, output);
  console.log(`${output} ${(statSync(output).size / 1024).toFixed(0)} KB`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
