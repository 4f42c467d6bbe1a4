import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeOwnEntries } from "./removeOwnEntries.ts";

describe("removeOwnEntries", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "countermine-remove-"));
    mkdirSync(join(folder, "quarantine", "x"), { recursive: true });
    writeFileSync(join(folder, "journal.ndjson"), "");
    writeFileSync(join(folder, "lock.stale.1"), "");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("removes the folder when everything in it is ours", () => {
    assert.deepEqual(removeOwnEntries(folder), [folder]);
    assert.equal(existsSync(folder), false);
  });

  it("keeps what somebody else has in the folder, and the folder", () => {
    writeFileSync(join(folder, "precious"), "");
    removeOwnEntries(folder);
    assert.deepEqual(readdirSync(folder), ["precious"]);
  });

  it("does nothing where there is no folder", () => assert.deepEqual(removeOwnEntries(join(folder, "none")), []));
});
