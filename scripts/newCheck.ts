import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * `npm run new:check -- ID SLUG`, for example `M99 borrowed-gpu`: a folder under
 * core/checks that runs, finds nothing yet, and whose tests fail until its fixtures and
 * its judgement are written. It starts in the sandbox.
 */
const [id = "", slug = ""] = process.argv.slice(2);
if (!/^[A-Z]\d{2}$/.test(id) || !/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(slug)) {
  console.error("Usage: npm run new:check -- ID SLUG, for example: M99 borrowed-gpu");
  process.exit(2);
}
const folder = join(__dirname, "../core/checks", slug);
if (existsSync(folder)) {
  console.error(`core/checks/${slug} exists.`);
  process.exit(2);
}

const title = slug.charAt(0).toUpperCase() + slug.slice(1).replaceAll("-", " ");
const files: Readonly<Record<string, string>> = {
  "check.ts": `import { defineCheck, type Finding } from "../check.ts";

export const check = defineCheck({
  id: "${id}",
  slug: "${slug}",
  title: "${title}",
  category: "Malware",
  type: "Mining",
  severity: "medium",
  attack: ["T1496.001"],
  maturity: "sandbox",
  needs: ["processes"],
  falsePositives: [],
  weakness: "",
  run({ processes }): readonly Finding[] {
    return processes.flatMap(() => []);
  },
});
`,
  "check.test.ts": `import { describeCheck } from "#test/checks/describeCheck";
import { check } from "./check.ts";

describeCheck(check, import.meta.dirname);
`,
  "doc.md": `# ${id} · ${title}

What is seen, and why nothing innocent looks like it.

**What to do:**

**Weakness:**

|          | example                                       |
| -------- | --------------------------------------------- |
| evil     | [evil-plain](fixtures/evil-plain.json)         |
| innocent | [innocent-plain](fixtures/innocent-plain.json) |
`,
  "fixtures/evil-plain.json": `${JSON.stringify({ why: "", facts: { processes: [{ pid: 100 }] }, expect: [{ process: 100 }] }, undefined, 2)}\n`,
  "fixtures/innocent-plain.json": `${JSON.stringify({ why: "", facts: { processes: [{ pid: 100 }] }, expect: [] }, undefined, 2)}\n`,
};

mkdirSync(join(folder, "fixtures"), { recursive: true });
for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
console.log(`core/checks/${slug}: write the fixtures, then the judgement, then \`npm run generate\`.`);
