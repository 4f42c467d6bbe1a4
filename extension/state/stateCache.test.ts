import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alarmOf, triageOf } from "#test/workbench/hostStates";
import { hostHealth } from "./hostState.ts";
import { StateCache } from "./stateCache.ts";
import { Workbench } from "./workbench.ts";

describe("G2 state cache", () => {
  let folder = "";
  let problems: string[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "countermine-cache-"));
    problems = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const window = async (place = folder) => {
    const workbench = new Workbench();
    workbench.setHosts([{ address: "web-1" }]);
    const cache = new StateCache(place, (message) => problems.push(message));
    await cache.load(workbench);
    const following = cache.follow(workbench);
    return { workbench, cache, close: () => following.dispose(), state: () => workbench.host("web-1") };
  };
  const triaged = { triage: triageOf([alarmOf(1)]), alarms: [alarmOf(1)], triagedAt: 5 };
  /** Stores one triage and returns the file that it is in. */
  const store = async (): Promise<string> => {
    const first = await window();
    first.workbench.update("web-1", triaged);
    first.close();
    const [name] = readdirSync(folder);
    assert.ok(name);
    return join(folder, name);
  };

  it("brings back what was known, in the next window", async () => {
    await store();
    const next = await window();
    assert.deepEqual(next.state()?.triage, triaged.triage);
    assert.equal(next.state()?.triagedAt, 5);
    assert.equal(hostHealth(next.state() ?? assert.fail()).kind, "alarms");
    assert.deepEqual(problems, []);
  });

  const damages: readonly (readonly [string, (text: string) => string])[] = [
    ["is cut off", (text) => text.slice(0, text.length / 2)],
    ["is empty", () => ""],
    ["is no JSON", () => "\u0000\u0001garbage"],
    ["has wrong types", (text) => text.replace('"processes":120', '"processes":"many"')],
    ["was written by a newer version", (text) => text.replace("host-cache@1", "host-cache@2")],
    ["is about another host", (text) => text.replace('"address":"web-1"', '"address":"db-1"')],
  ];
  for (const [what, damage] of damages) {
    it(`sets a file aside that ${what}, says where it is, and starts with what is left`, async () => {
      const path = await store();
      const damaged = damage(readFileSync(path, "utf8"));
      writeFileSync(path, damaged);
      const next = await window();
      assert.equal(hostHealth(next.state() ?? assert.fail()).kind, "unknown", "nothing known is not clear");
      assert.equal(problems.length, 1);
      const kept = readdirSync(folder).find((name) => name.endsWith(".damaged"));
      assert.ok(kept);
      assert.ok(problems[0]?.includes(kept));
      next.workbench.update("web-1", triaged);
      next.close();
      assert.equal(readFileSync(join(folder, kept), "utf8"), damaged, "what was set aside is kept as it was");
      assert.deepEqual((await window()).state()?.triage, triaged.triage, "the cache works again");
    });
  }

  it("goes on without a folder that can be written to, and says so", async () => {
    // A file where the folder should be: refused also to root, unlike a mode.
    const blocked = join(folder, "file");
    writeFileSync(blocked, "");
    const first = await window(join(blocked, "hosts"));
    first.workbench.update("web-1", triaged);
    first.close();
    assert.match(problems[0] ?? "", /could not be stored here/);
    assert.deepEqual(first.state()?.alarms, triaged.alarms);
  });

  it("does not write over what was learnt while the file was read", async () => {
    await store();
    const workbench = new Workbench();
    workbench.setHosts([{ address: "web-1" }]);
    const loading = new StateCache(folder, assert.fail).load(workbench);
    const newer = triageOf([alarmOf(2)]);
    workbench.update("web-1", { triage: newer, alarms: newer.alarms });
    await loading;
    assert.equal(workbench.host("web-1")?.triage, newer);
  });

  it("forgets a host from which Countermine was removed", async () => {
    await store();
    const removing = await window();
    assert.ok(removing.state()?.triage);
    removing.workbench.forget("web-1");
    removing.close();
    assert.deepEqual(readdirSync(folder), []);
    assert.equal(hostHealth((await window()).state() ?? assert.fail()).kind, "unknown");
  });
});
