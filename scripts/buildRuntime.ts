import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureRuntimePacks } from "./runtime/ensureRuntimePacks.ts";

/** `npm run build:runtime`: Node with its own C library for hosts that have neither, under dist/runtime/. */
function main(): void {
  const root = join(__dirname, "..");
  const outcome = ensureRuntimePacks(root);
  console.log(`runtime packs: ${outcome}`);
  console.log(readFileSync(join(root, "dist/runtime/manifest.json"), "utf8").trim());
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
