import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildBundles, bundleOrigins, bundles } from "#scripts/bundles";
import type { Metafile } from "esbuild";

const root = join(__dirname, "..");

/** What each bundle may carry. The helper runs as root on hosts, so its list is the shortest. */
const allowed: Readonly<
  Record<string, { readonly folders: readonly string[]; readonly packages?: readonly string[] }>
> = {
  helper: {
    folders: ["core", "protocol", "helper"],
    packages: ["zod", "vscode-jsonrpc", "systeminformation"],
  },
  server: { folders: ["core", "server"] },
  extension: { folders: ["core", "protocol", "remote", "extension"] },
  cli: { folders: ["core", "protocol", "remote", "helper", "cli"] },
};

describe("bundles", function () {
  this.timeout(30_000);
  let folder = "";
  let metafiles: ReadonlyMap<string, Metafile>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "countermine-bundles-"));
    metafiles = await buildBundles(root, join(folder, "first"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("are the same bytes when built twice", async () => {
    await buildBundles(root, join(folder, "second"));
    for (const { name } of bundles) {
      assert.equal(sha256(join(folder, "first", `${name}.cjs`)), sha256(join(folder, "second", `${name}.cjs`)), name);
    }
  });

  for (const [name, { folders, packages }] of Object.entries(allowed)) {
    it(`of ${name} carry allow-listed sources only`, () => {
      const metafile = metafiles.get(name);
      assert.ok(metafile);
      const origins = bundleOrigins(metafile);
      assert.deepEqual(
        origins.folders.filter((folder) => !folders.includes(folder)),
        [],
      );
      assert.ok(origins.folders.includes(name), "the bundle has none of its own sources");
      if (packages !== undefined) {
        assert.deepEqual(
          origins.packages.filter((item) => !packages.includes(item)),
          [],
        );
      }
    });
  }

  it("name no path of the machine they were built on", () => {
    for (const { name } of bundles) {
      assert.ok(!readFileSync(join(folder, "first", `${name}.cjs`), "latin1").includes(root), name);
    }
  });

  it("of cli start with the line that makes them a program", () => {
    assert.match(readFileSync(join(folder, "first/cli.cjs"), "utf8"), /^#!\/usr\/bin\/env node\n/);
  });
});

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
