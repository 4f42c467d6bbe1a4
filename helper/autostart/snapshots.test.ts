import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AutostartDocument } from "#core/autostart/autostartDocument";
import { readInventory } from "#helper/autostart/inventory";
import { OpsError } from "#core/opsError";
import { MemoryHost } from "#test/autostart/memoryHost";
import { autostartHistory, latestSnapshot, saveSnapshot } from "./snapshots.ts";

describe("autostart snapshots", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "snapshots-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const read = (crontab: string): Promise<AutostartDocument> =>
    readInventory(new MemoryHost({ "/etc/crontab": crontab, "/etc/passwd": "root:x:0:0::/root:/bin/sh\n" }), {
      ownership: { ownerOf: () => "unknown" },
    });

  it("gives back what was stored, in a file for the owner alone", async () => {
    const document = await read("1 * * * * root /bin/true\n");
    const path = saveSnapshot(folder, document, Date.UTC(2026, 0, 2, 3, 4, 5, 6));
    assert.equal(path, join(folder, "autostart", "20260102T030405006Z.json"));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, "autostart")).mode & 0o777, 0o700);
    assert.deepEqual(latestSnapshot(folder).snapshot, { takenAt: Date.UTC(2026, 0, 2, 3, 4, 5, 6), document });
  });

  it("has none before the first", () => assert.deepEqual(latestSnapshot(folder), { snapshot: undefined, notRun: [] }));

  it("keeps the newest 50 and leaves no draft", async () => {
    const document = await read("");
    for (let number = 0; number < 53; number += 1) saveSnapshot(folder, document, 1_700_000_000_000 + number);
    const names = readdirSync(join(folder, "autostart")).sort();
    assert.equal(names.length, 50);
    assert.equal(names[0], "20231114T221320003Z.json");
  });

  it("does not overwrite a snapshot of the same millisecond", async () => {
    const first = saveSnapshot(folder, await read("1 * * * * root /bin/one\n"), 5);
    const second = saveSnapshot(folder, await read("1 * * * * root /bin/two\n"), 5);
    assert.notEqual(first, second);
    assert.match(JSON.stringify(latestSnapshot(folder).snapshot), /two/);
  });

  it("tells the changes of each step, the newest first", async () => {
    saveSnapshot(folder, await read("1 * * * * root /bin/one\n"), 1000);
    saveSnapshot(folder, await read("1 * * * * root /bin/one\n2 * * * * root /bin/two\n"), 2000);
    saveSnapshot(folder, await read("1 * * * * root /bin/one\n3 * * * * root /bin/two\n"), 3000);
    const { changes, notRun } = autostartHistory(folder);
    assert.deepEqual(
      changes.map(({ change, item, fields, seenAt }) => [change, item.name, fields, seenAt]),
      [
        ["modify", "/bin/two", ["sha256", "trigger"], 3000],
        ["add", "/bin/two", [], 2000],
      ],
    );
    assert.ok(changes.every(({ item }) => item.ctime === 1_700_000_000_000));
    assert.deepEqual(notRun, []);
  });

  it("puts a damaged snapshot aside, says so, and uses the others", async () => {
    saveSnapshot(folder, await read("1 * * * * root /bin/one\n"), 1000);
    const broken = saveSnapshot(folder, await read(""), 2000);
    const foreign = saveSnapshot(folder, await read(""), 3000);
    writeFileSync(broken, readFileSync(broken, "utf8").slice(0, 40));
    writeFileSync(foreign, JSON.stringify({ schema: "countermine/autostart-snapshot@1", takenAt: "x", document: {} }));
    const { snapshot, notRun } = latestSnapshot(folder);
    assert.equal(snapshot?.takenAt, 1000);
    assert.equal(notRun.length, 2);
    assert.ok(notRun.every(({ reason }) => reason.includes("put aside")));
    assert.deepEqual(readdirSync(join(folder, "autostart")).sort(), [
      "19700101T000001000Z.json",
      "19700101T000002000Z.json.damaged",
      "19700101T000003000Z.json.damaged",
    ]);
    assert.deepEqual(latestSnapshot(folder).notRun, []);
  });

  it("does not call everything new that an older version did not read", async () => {
    const path = saveSnapshot(folder, await read(""), 1000);
    const stored = JSON.parse(readFileSync(path, "utf8")) as { classes: string[] };
    writeFileSync(
      path,
      JSON.stringify({ ...stored, classes: stored.classes.filter((name) => name !== "System crontab") }),
    );
    saveSnapshot(folder, await read("1 * * * * root /bin/one\n"), 2000);
    const { changes, notRun } = autostartHistory(folder);
    assert.deepEqual(changes, []);
    assert.match(JSON.stringify(notRun), /1 item may be new/);
  });

  it("names the reason when the state folder cannot be written", async function () {
    if (process.getuid?.() === 0) {
      // Root writes everywhere, so a file stands where the folder should be.
      writeFileSync(join(folder, "autostart"), "");
    } else chmodSync(folder, 0o500);
    const document = await read("");
    assert.throws(
      () => saveSnapshot(folder, document),
      (error) => OpsError.is(error, "stateDamaged", "permissionDenied"),
    );
  });
});
