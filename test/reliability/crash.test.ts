import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import type { FailPoint } from "#helper/execute/context";
import { ResponseLab, stateOf, whyNotRoot } from "./responseLab.ts";

describe("D5 a helper that is killed in the middle", function () {
  this.timeout(60_000);
  let lab: ResponseLab;

  before(function () {
    if (whyNotRoot() !== undefined) this.skip();
  });
  beforeEach(() => {
    lab = new ResponseLab("crash");
  });
  afterEach(() => lab.end());

  /** Runs one action in a process of its own, which kills itself at the point. */
  function crash(action: "isolate" | "restore" | "delete" | "contain", subject: string, point: FailPoint): void {
    const run = spawnSync(
      process.execPath,
      ["--import", "tsx", "test/reliability/helperProcess.ts", action, subject, point, lab.stateDir],
      {
        encoding: "utf8",
        timeout: 30_000,
      },
    );
    assert.equal(run.signal, "SIGKILL", `the point ${point} was not passed: ${run.stdout}${run.stderr}`);
  }

  const content = Buffer.from("evil program ".repeat(10_000));

  function makeMiner(): { readonly path: string; readonly second: string } {
    const folder = lab.mkdir("place");
    const path = join(folder, "miner");
    const second = join(folder, "second");
    fs.writeFileSync(path, content, { mode: 0o4751 });
    fs.chmodSync(path, 0o4751);
    fs.linkSync(path, second);
    return { path, second };
  }

  /** Exactly one of: the original as it was under both names, or a proven copy in quarantine and no name. */
  function settledAs(path: string, second: string): "original" | "isolated" {
    const responder = lab.responder();
    const isolated = responder
      .listIsolated()
      .files.filter(({ status }) => status !== "restored" && status !== "deleted");
    const names = [path, second].filter((name) => fs.existsSync(name));
    if (names.length === 0) {
      assert.deepEqual(
        isolated.map(({ status }) => status),
        ["isolated"],
      );
      return "isolated";
    }
    assert.deepEqual(isolated, []);
    for (const name of [path, second]) {
      assert.deepEqual(fs.readFileSync(name), content, name);
      assert.equal(fs.statSync(name).mode & 0o7777, 0o4751);
    }
    assert.equal(fs.statSync(path).ino, fs.statSync(second).ino);
    const stored = fs
      .readdirSync(lab.path("state", "quarantine"))
      .flatMap((id) => fs.readdirSync(lab.path("state", "quarantine", id)));
    assert.equal(stored.includes("content"), false, "no stored copy is left over");
    assert.deepEqual(fs.readdirSync(lab.path("place")).sort(), ["miner", "second"]);
    return "original";
  }

  const isolating: readonly [FailPoint, "original" | "isolated"][] = [
    ["isolate.intent", "original"],
    ["isolate.neutralised", "original"],
    ["isolate.copied", "original"],
    ["isolate.stored", "original"],
    ["isolate.firstNameGone", "original"],
    ["isolate.unlinked", "isolated"],
    ["isolate.done", "isolated"],
  ];
  for (const [point, expected] of isolating) {
    it(`at ${point} recovers to: ${expected}`, async () => {
      const { path, second } = makeMiner();
      crash("isolate", path, point);
      const responder = lab.responder();
      const preview = await responder.recover({ apply: false, frozen: "keep" });
      assert.ok(point === "isolate.done" || preview.length > 0, "what is half done is listed first");
      await responder.recover({ apply: true, frozen: "keep" });
      assert.equal(settledAs(path, second), expected);
      assert.deepEqual(
        await responder.recover({ apply: true, frozen: "keep" }),
        [],
        "a second time there is nothing to settle",
      );
      if (expected === "original") return;
      const plan = responder.journal().entries.find(({ kind }) => kind === "quarantine")?.plan;
      assert.equal((await responder.undo(plan ?? "")).steps.find(({ kind }) => kind === "quarantine")?.state, "done");
      assert.equal(settledAs(path, second), "original");
    });
  }

  const restoring: readonly [FailPoint, "original" | "isolated"][] = [
    ["restore.intent", "isolated"],
    ["restore.copied", "isolated"],
    ["restore.metadata", "isolated"],
    ["restore.linked", "original"],
    ["restore.tempGone", "original"],
    ["restore.verified", "original"],
  ];
  for (const [point, expected] of restoring) {
    it(`at ${point} recovers to: ${expected}`, async () => {
      const { path, second } = makeMiner();
      const responder = lab.responder();
      await responder.applyPlan(await responder.prepareIsolate([{ kind: "file", path }]));
      const [file] = responder.listIsolated().files;
      crash("restore", file?.id ?? "", point);
      await responder.recover({ apply: true, frozen: "keep" });
      assert.equal(settledAs(path, second), expected);
      if (expected === "isolated") {
        assert.deepEqual(fs.readdirSync(lab.path("place")), []);
        await responder.applyPlan(responder.prepareRestore([file?.id ?? ""]));
        assert.equal(settledAs(path, second), "original");
      }
    });
  }

  for (const point of ["delete.intent", "delete.contentGone"] as const) {
    it(`at ${point} recovers to a file that is whole or gone`, async () => {
      const { path } = makeMiner();
      const responder = lab.responder();
      await responder.applyPlan(await responder.prepareIsolate([{ kind: "file", path }]));
      const [file] = responder.listIsolated().files;
      crash("delete", file?.id ?? "", point);
      await responder.recover({ apply: true, frozen: "keep" });
      const [after] = responder.listIsolated().files;
      assert.equal(after?.status, point === "delete.intent" ? "isolated" : "deleted");
    });
  }

  for (const point of ["freeze.stopped", "kill.intent"] as const) {
    it(`at ${point} leaves frozen processes that recover lists, keeps, and lets run on demand`, async () => {
      const pid = await lab.start(lab.program());
      crash(point === "freeze.stopped" ? "contain" : "isolate", String(pid), point);
      assert.equal(stateOf(pid), "T");
      const responder = lab.responder();
      const kept = await responder.recover({ apply: true, frozen: "keep" });
      assert.match(kept.map(({ detail }) => detail).join(), new RegExp(`still frozen: ${pid}`));
      assert.equal(stateOf(pid), "T");
      assert.deepEqual(await responder.recover({ apply: false, frozen: "keep" }), [], "what was kept is settled");
      await responder.recover({ apply: true, frozen: "thaw" });
      assert.match(stateOf(pid) ?? "", /[RS]/);
    });
  }

  it("does not let go of what was contained on purpose", async () => {
    const pid = await lab.start(lab.program());
    const responder = lab.responder();
    await responder.applyPlan(await responder.prepareContain([{ kind: "process", pid }]));
    for (const frozen of ["keep", "thaw"] as const)
      assert.deepEqual(await responder.recover({ apply: true, frozen }), []);
    assert.equal(stateOf(pid), "T");
  });

  it("a journal whose last line was torn is read, and written on", async () => {
    const { path } = makeMiner();
    const responder = lab.responder();
    const plan = await responder.prepareIsolate([{ kind: "file", path }]);
    await responder.applyPlan(plan);
    const journal = lab.path("state", "journal.ndjson");
    const text = fs.readFileSync(journal, "utf8");
    const lines = text.trimEnd().split("\n");
    fs.writeFileSync(journal, `${lines.slice(0, -1).join("\n")}\n${lines.at(-1)?.slice(0, 40)}`);
    const after = lab.responder();
    assert.match(after.journal().problems.join(), /cut off by a crash/);
    assert.equal(after.journal().entries[0]?.state, "intent");
    const undone = await after.undo(plan.id);
    assert.equal(undone.steps[0]?.state, "done", undone.steps[0]?.detail);
    assert.equal(lab.responder().journal().entries[0]?.state, "undone");
    assert.ok(fs.existsSync(path));
  });

  it("its lock is broken by who comes next", async () => {
    const { path } = makeMiner();
    crash("isolate", path, "isolate.stored");
    assert.ok(fs.existsSync(lab.path("state", "lock")));
    const responder = lab.responder();
    await responder.recover({ apply: true, frozen: "keep" });
    assert.equal(fs.existsSync(lab.path("state", "lock")), false);
  });
});

describe("B11 two operators act on one target", function () {
  let lab: ResponseLab;
  beforeEach(() => {
    lab = new ResponseLab("operators");
  });
  afterEach(() => lab.end());

  it("one wins, the other is told who acts since when, and nothing is done twice", async () => {
    const path = lab.path("miner");
    fs.writeFileSync(path, "evil");
    const responder = lab.responder();
    const other = lab.responder({ operator: "other@bench" });
    const plans = [
      await responder.prepareIsolate([{ kind: "file", path }]),
      await other.prepareIsolate([{ kind: "file", path }]),
    ] as const;
    const results = await Promise.allSettled([responder.applyPlan(plans[0]), other.applyPlan(plans[1])]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected"],
    );
    const [, refused] = results;
    assert.ok(refused.status === "rejected");
    assert.match(String(refused.reason), /tester@bench is acting on this host since/);
    const [late] = (await other.applyPlan(plans[1])).steps;
    assert.equal(late?.state, "drifted");
    assert.equal(responder.listIsolated().files.length, 1);
  });
});
