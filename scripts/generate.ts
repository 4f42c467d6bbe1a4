import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Generator } from "./generate/generator.ts";

/**
 * `npm run generate`: writes every generated file, as `scripts/generate/*.ts` say.
 * `npm run generate -- --check` writes nothing and fails when one of them is stale.
 *
 * A new generator is one more file in that folder that exports `generator`.
 */
async function main(): Promise<void> {
  const root = join(__dirname, "..");
  const isCheck = process.argv.includes("--check");
  const stale: string[] = [];
  for (const generator of await loadGenerators(join(__dirname, "generate"))) {
    for (const { path, content } of await generator.generate(root)) {
      const target = join(root, path);
      const formatted = format(root, path, content);
      if (existsSync(target) && readFileSync(target, "utf8") === formatted) continue;
      stale.push(path);
      if (isCheck) continue;
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, formatted);
      console.log(`wrote ${path}`);
    }
  }
  if (isCheck && stale.length > 0) {
    console.error(`Stale: ${stale.join(", ")}. Run \`npm run generate\` and commit the result.`);
    process.exit(1);
  }
}

async function loadGenerators(folder: string): Promise<readonly Generator[]> {
  const generators: Generator[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith(".ts") || name === "generator.ts" || name.endsWith(".test.ts")) continue;
    const module: { readonly generator?: Generator } = await import(pathToFileURL(join(folder, name)).href);
    if (module.generator === undefined) throw new Error(`scripts/generate/${name} exports no \`generator\`.`);
    generators.push(module.generator);
  }
  return generators;
}

/** As the formatter of the project writes it, so that the format gate and this one agree. */
function format(root: string, path: string, content: string): string {
  const run = spawnSync(join(root, "node_modules/.bin/oxfmt"), ["--stdin-filepath", path], {
    cwd: root,
    input: content,
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(`oxfmt refused ${path}: ${run.stderr || run.error?.message}`);
  return run.stdout;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
