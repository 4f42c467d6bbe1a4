import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { AutostartClass } from "#core/autostart/autostartClass";
import type { AutostartItem } from "#core/autostart/item";
import type { Ownership } from "#core/facts/facts";
import { readInventory } from "#helper/autostart/inventory";
import { MemoryHost, type MemoryFile } from "./memoryHost.ts";

interface ClassFixture {
  /** One sentence: what this case is about. */
  readonly why: string;
  readonly files: Readonly<Record<string, MemoryFile | string>>;
  /** By path; what is not listed belongs to a package in a system folder, and to nobody elsewhere. */
  readonly ownership?: Readonly<Record<string, Ownership>>;
  /** Every item in order of the reading, with the fields that the case is about. An item without `risk` must have none. */
  readonly expect: readonly (Partial<AutostartItem> & { readonly name: string })[];
}

const ordinaryFiles: Readonly<Record<string, string>> = {
  "/etc/passwd":
    "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nalice:x:1000:1000::/home/alice:/bin/bash\n",
  "/etc/os-release": "ID=debian\n",
  "/root/.keep": "",
  "/home/alice/.keep": "",
};

/**
 * The tests that every class has: each `fixtures/evil-*.json` yields exactly its items
 * and at least one reason to look, each `fixtures/innocent-*.json` yields its items and
 * no reason, the doc links one of each, and hostile bytes never make the class throw.
 */
export function describeClass(autostartClass: AutostartClass, folder: string): void {
  describe(`autostart class ${autostartClass.number} ${autostartClass.slug}`, () => {
    for (const file of readdirSync(join(folder, "fixtures")).sort()) {
      const fixture: ClassFixture = JSON.parse(readFileSync(join(folder, "fixtures", file), "utf8"));
      it(`${file.startsWith("evil-") ? "sees" : "finds nothing wrong with"} ${file.replace(".json", "")}`, async () => {
        const { items, notRun } = await readInventory(new MemoryHost({ ...ordinaryFiles, ...fixture.files }), {
          ownership: { ownerOf: (path) => fixture.ownership?.[path] ?? ordinaryOwner(path) },
          classes: [autostartClass],
        });
        assert.deepEqual(notRun, []);
        assert.deepEqual(
          items.map(({ name }) => name),
          fixture.expect.map(({ name }) => name),
          JSON.stringify(items, undefined, 1),
        );
        for (const [index, expected] of fixture.expect.entries()) {
          const item = Object.fromEntries(Object.entries(items[index] ?? {}));
          for (const [field, value] of Object.entries({ risk: [], ...expected }))
            assert.deepEqual(item[field], value, `${expected.name}: ${field}`);
        }
        const reasons = items.flatMap(({ risk }) => risk);
        if (file.startsWith("innocent-")) assert.deepEqual(reasons, []);
        else assert.ok(reasons.length > 0, "an evil fixture gives a reason to look");
        assert.ok(items.length > 0, "a fixture yields an item");
        assert.equal(new Set(items.map(({ id }) => id)).size, items.length, "ids are unique");
      });
    }

    it("has an evil and an innocent twin, both linked from its doc", () => {
      const doc = readFileSync(join(folder, "doc.md"), "utf8");
      assert.ok(doc.startsWith(`# ${autostartClass.number} · `), "the doc starts with the number");
      const linked = [...doc.matchAll(/\(fixtures\/([\w-]+\.json)\)/g)].map(([, name]) => name ?? "");
      for (const name of linked) assert.ok(existsSync(join(folder, "fixtures", name)), `${name} is linked and missing`);
      for (const kind of ["evil-", "innocent-"])
        assert.ok(
          linked.some((name) => name.startsWith(kind)),
          `no ${kind} example`,
        );
    });

    it("never throws, whatever the bytes of its files are", async () => {
      const paths = autostartClass.reads.slice(0, 12).map(samplePath);
      const text = fc.oneof(
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
        fc.array(fc.constantFrom(...fragments), { maxLength: 30 }).map((parts) => parts.join("")),
      );
      await fc.assert(
        fc.asyncProperty(fc.dictionary(fc.constantFrom(...paths), text), async (files) => {
          const { items } = await readInventory(new MemoryHost({ ...ordinaryFiles, ...files }), {
            ownership: { ownerOf: () => "unowned" },
            classes: [autostartClass],
          });
          assert.ok(items.every(({ name, command = "" }) => !/[\0-\x1f\x7f-\x9f]/.test(name + command)));
        }),
        { numRuns: 60 },
      );
    });
  });
}

/** Pieces of what persistence is written in, to reach further into the parsers than noise does. */
const fragments = [
  ...Array.from("* \t\n\r@%#\\\"'`$(){}[]<>|&;:=/.~"),
  "* * * * * root ",
  "@reboot ",
  "curl x|sh",
  "[Service]\n",
  "ExecStart=",
  "[Timer]\nOnCalendar=",
  "alias ls=",
  "sh -c '",
  "\x1b[2J",
  "/tmp/.x",
  "%i",
  "@",
  ".service",
];

function samplePath(pattern: AutostartClass["reads"][number]): string {
  const glob = typeof pattern === "string" ? pattern : pattern.glob;
  return glob
    .replace(/\{([^,}]*)[^}]*\}/g, "$1")
    .replace(/^~/, "/home/alice")
    .replace(/\*\*$/, "deep/x.service")
    .replace(/\/\*\/\*$/, "/x.service.d/y.conf")
    .replace(/\*$/, "x.service");
}

function ordinaryOwner(path: string): Ownership {
  return /^\/(?:usr\/(?!local\/)|bin\/|sbin\/|lib|etc\/)/.test(path)
    ? { manager: "dpkg", package: "fixture-package", digest: "intact" }
    : "unowned";
}
