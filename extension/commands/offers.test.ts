import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(__dirname, "..");
const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
const table = readFileSync(join(folder, "commands/table.ts"), "utf8");
const known = new Set([...table.matchAll(/^ {2}"(countermine\.\w+)":/gm)].map(([, id]) => id));

describe("commands that buttons run", () => {
  it("exist", () => {
    const run = sources.flatMap(({ name, text }) =>
      [...text.matchAll(/executeCommand\(\s*"(countermine\.[\w.]+)"/g)].map(([, id]) => ({ name, id: id ?? "" })),
    );
    assert.ok(run.length >= 5, "the search finds them");
    for (const { name, id } of run) if (!id.endsWith(".focus")) assert.ok(known.has(id), `${name}: ${id}`);
  });

  it("that change a host are told which one", () => {
    for (const { name, text } of sources)
      assert.doesNotMatch(text, /executeCommand\("countermine\.(undo|recover|contain|isolateAndKill|restore)"\)/, name);
  });
});
