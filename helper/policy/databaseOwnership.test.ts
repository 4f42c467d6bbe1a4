import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PackageDatabase } from "#helper/collectors/packageDatabase";
import { LinuxHost } from "#helper/host/linuxHost";
import { DatabaseOwnership } from "#helper/policy/databaseOwnership";

describe("DatabaseOwnership", () => {
  let folder: string;
  let path: string;
  let asked: number;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "countermine-owner-")));
    path = join(folder, "program");
    writeFileSync(path, "shipped");
    asked = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function lookup(hex: string | undefined): DatabaseOwnership {
    const database: PackageDatabase = {
      manager: "dpkg",
      gaps: [],
      find: (paths) => {
        asked += 1;
        const file = { package: "tool", ...(hex === undefined ? {} : { digest: { algorithm: "md5" as const, hex } }) };
        return new Map(paths.has(path) ? [[path, file]] : []);
      },
    };
    return new DatabaseOwnership(new LinuxHost(), () => database);
  }

  const shipped = createHash("md5").update("shipped").digest("hex");

  it("says intact for a file with the digest that its package shipped, and asks the database once", () => {
    const ownership = lookup(shipped);
    const expected = { manager: "dpkg", package: "tool", digest: "intact" };
    assert.deepEqual(ownership.ownerOf(path), expected);
    assert.deepEqual(ownership.ownerOf(path), expected);
    assert.equal(asked, 1);
  });

  it("says modified as soon as the file is another one, though it had been intact", () => {
    const ownership = lookup(shipped);
    ownership.ownerOf(path);
    writeFileSync(path, "trojan!");
    assert.deepEqual(ownership.ownerOf(path), { manager: "dpkg", package: "tool", digest: "modified" });
  });

  it("tells unowned, no digest and no database apart", () => {
    assert.equal(lookup(shipped).ownerOf(join(folder, "other")), "unowned");
    assert.deepEqual(lookup(undefined).ownerOf(path), { manager: "dpkg", package: "tool", digest: "unknown" });
    assert.equal(new DatabaseOwnership(new LinuxHost(), () => undefined).ownerOf(path), "unknown");
  });
});
