import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly menus: Readonly<
      Record<string, readonly { readonly command: string; readonly group?: string; readonly when?: string }[]>
    >;
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string }[];
    readonly configuration: {
      readonly properties: Readonly<Record<string, { readonly scope: string; readonly default: unknown }>>;
    };
  };
}

const manifest: Manifest = JSON.parse(readFileSync("package.json", "utf8"));
const { contributes } = manifest;
const declared = contributes.commands.map(({ command }) => command).sort();
const sources = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => readFileSync(`${folder}/${name}`, "utf8"))
    .join("\n");

describe("manifest", () => {
  it("declares exactly the commands of the table", () => {
    const table = readFileSync("extension/commands/table.ts", "utf8");
    const handled = [...table.matchAll(/^ {2}"(countermine\.\w+)":/gm)].map(([, id]) => id ?? "").sort();
    assert.deepEqual(handled, declared);
  });

  it("uses only declared commands in menus, welcome texts and code", () => {
    const used = [
      ...Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command)),
      ...contributes.viewsWelcome.flatMap(({ contents }) =>
        [...contents.matchAll(/\(command:([\w.]+)\)/g)].map(([, id]) => id ?? ""),
      ),
      ...[...sources("extension").matchAll(/command: "(countermine\.\w+)"/g)].map(([, id]) => id ?? ""),
    ];
    for (const command of used) {
      if (command.endsWith(".focus")) continue;
      assert.ok(declared.includes(command), `${command} is not declared`);
    }
  });

  it("has nothing destructive inline, and an ellipsis where a dialog follows", () => {
    const inline = (contributes.menus["view/item/context"] ?? []).filter(({ group }) => group?.startsWith("inline"));
    for (const { command } of inline)
      assert.ok(["countermine.connect", "countermine.triage"].includes(command), command);
    for (const { command, title } of contributes.commands) {
      if (/contain|isolateAndKill|restore|deleteIsolated|undo|removeFromHost|recover/.test(command))
        assert.match(title, /…$/, command);
    }
  });

  it("declares exactly the settings that are read, and no workspace can decide about hosts", () => {
    const settings = readFileSync("extension/settings.ts", "utf8");
    const read = [...settings.matchAll(/(?:read|get)\("(\w+)"/g)].map(([, name]) => `countermine.${name}`).sort();
    assert.deepEqual(Object.keys(contributes.configuration.properties).sort(), [...new Set(read)]);
    for (const [name, { scope }] of Object.entries(contributes.configuration.properties)) {
      assert.ok(scope === "machine" || scope === "application", `${name} has scope ${scope}`);
    }
  });

  it("has words for each view when it is empty, with and without hosts", () => {
    for (const { id } of contributes.views["countermine"] ?? []) {
      assert.ok(contributes.viewsWelcome.filter(({ view }) => view === id).length >= 2, id);
    }
  });
});
