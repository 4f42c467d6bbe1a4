import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { readAllowlist } from "#core/alarms/allowlist";
import { opsErrorKinds } from "#core/opsError";

const pages = [
  "README.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "AGENTS.md",
  "test/hosts/README.md",
  ...readdirSync("docs").map((name) => `docs/${name}`),
].filter((name) => name.endsWith(".md"));

const text = (path: string): string => readFileSync(path, "utf8");
const manifest: {
  readonly contributes: { readonly commands: readonly { readonly title: string }[] };
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
} = JSON.parse(text("package.json"));

describe("documentation", () => {
  for (const page of pages) {
    it(`${page} links to files and headings that exist`, () => {
      for (const [, link = ""] of text(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(link)) continue;
        const [path = "", heading] = link.split("#");
        const target = path === "" ? page : join(dirname(page), path);
        assert.ok(existsSync(target), `${link}: there is no ${target}`);
        if (heading !== undefined) assert.ok(headings(target).includes(heading), `${link}: no such heading`);
      }
    });
  }

  for (const page of ["AGENTS.md", "docs/architecture.md"]) {
    it(`${page} names files that exist`, () => {
      const folders = "core|protocol|helper|remote|server|extension|cli|scripts|test|docs|schemas|media";
      for (const [, path = ""] of text(page).matchAll(new RegExp(`\`((?:${folders})/[\\w./-]*)\``, "g")))
        assert.ok(existsSync(path), `${path} does not exist: correct ${page}`);
    });
  }

  it("docs/architecture.md gives a reason for every dependency, and for no other", () => {
    const section = text("docs/architecture.md").split("## Dependencies")[1]?.split("## ")[0] ?? "";
    const rows = section.split("\n").filter((line) => line.startsWith("| `"));
    const named = rows.flatMap((row) =>
      [...(row.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
    );
    const wanted = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)];
    assert.deepEqual(named.sort(), wanted.sort());
  });

  it("AGENTS.md and README.md name npm scripts that exist", () => {
    for (const page of ["AGENTS.md", "README.md"])
      for (const [, script = ""] of text(page).matchAll(/npm run ([\w:]+)/g))
        assert.ok(script in manifest.scripts, `npm run ${script} in ${page}`);
  });

  it("README.md lists every command of the command line", () => {
    const source = text("cli/commands.ts").split("export const commands")[1]?.split("\n};")[0] ?? "";
    const commands = [...source.matchAll(/^ {2}(\w+): /gm)].map(([, name = ""]) => name ?? "");
    assert.ok(commands.length >= 9);
    for (const name of commands) assert.match(text("README.md"), new RegExp(`\\| .*\`${name}[ \`]`), name);
  });

  it("docs/using.md explains every kind of failure, and no other", () => {
    const section = text("docs/using.md").split("## When something fails")[1] ?? "";
    const explained = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, kind = ""]) => kind);
    assert.deepEqual(explained.sort(), [...opsErrorKinds].sort());
  });

  it("docs/using.md and README.md call commands by their titles", () => {
    const titles = new Set(manifest.contributes.commands.map(({ title }) => title));
    for (const page of ["docs/using.md", "README.md"])
      for (const [, words = ""] of text(page).matchAll(/\*\*([^*]+…)\*\*/g))
        assert.ok(titles.has(words), `"${words}" in ${page} is no command`);
  });

  it("docs/using.md has an allow-list that is accepted", () => {
    const [, yaml = ""] = /```yaml\n([^]*?)```/.exec(text("docs/using.md")) ?? [];
    const { rules, problems } = readAllowlist(parse(yaml));
    assert.deepEqual(problems, []);
    assert.equal(rules.length, 2);
  });
});

/** As GitHub and the editor make anchors of headings. */
function headings(page: string): readonly string[] {
  return [...text(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
