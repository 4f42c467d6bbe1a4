import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isRunning, ResponseLab, stateOf, whyNotRoot } from "./responseLab.ts";

describe("responding to an incident", function () {
  this.timeout(30_000);
  let lab: ResponseLab;

  before(function () {
    if (whyNotRoot() !== undefined) this.skip();
  });
  beforeEach(() => {
    lab = new ResponseLab("respond");
  });
  afterEach(() => lab.end());

  it("contain freezes the process and undo lets it run", async () => {
    const pid = await lab.start(lab.program());
    const responder = lab.responder();
    const plan = await responder.prepareContain([{ kind: "process", pid }]);
    assert.deepEqual(
      plan.steps.map((step) => step.kind),
      ["freeze"],
    );
    assert.deepEqual(plan.irreversible, []);
    const result = await responder.applyPlan(plan);
    assert.equal(result.steps[0]?.state, "done", result.steps[0]?.detail);
    assert.equal(stateOf(pid), "T");
    const undone = await responder.undo(plan.id);
    assert.equal(undone.steps[0]?.state, "done", undone.steps[0]?.detail);
    assert.equal(stateOf(pid), "S");
    const again = await responder.undo(plan.id);
    assert.equal(again.steps[0]?.state, "skipped");
  });

  it("isolate freezes, keeps evidence, takes the file, kills, watches, and undo brings the file back", async () => {
    const file = lab.program();
    const content = readFileSync(file);
    const before = statSync(file, { bigint: true });
    const pid = await lab.start(file);
    const responder = lab.responder();
    const plan = await responder.prepareIsolate([{ kind: "process", pid }], { watchSeconds: 1 });
    assert.deepEqual(
      plan.steps.map((step) => step.kind),
      ["freeze", "evidence", "quarantine", "kill", "watch"],
    );
    assert.match(plan.irreversible.join(), /not started again/);
    const progress: string[] = [];
    const result = await responder.applyPlan(plan, {
      onProgress: ({ step, state }) => progress.push(`${step} ${state}`),
    });
    assert.deepEqual(
      result.steps.map((step) => step.state),
      ["done", "done", "done", "done", "done"],
      JSON.stringify(result),
    );
    assert.equal(progress.length, 10);
    assert.deepEqual(result.respawned, []);
    assert.equal(isRunning(pid), false);
    assert.equal(existsSync(file), false);

    const [isolated] = responder.listIsolated().files;
    assert.equal(isolated?.path, file);
    assert.equal(isolated.status, "isolated");
    const stored = readFileSync(lab.path("state", "quarantine", isolated.id, "content"));
    assert.equal(stored.includes(content.subarray(0, 64)), false, "the stored copy must not hold the plain bytes");

    const undone = await responder.undo(plan.id);
    assert.deepEqual(readFileSync(file), content);
    const after = statSync(file, { bigint: true });
    assert.deepEqual(
      [after.mode, after.uid, after.gid, after.mtimeNs],
      [before.mode, before.uid, before.gid, before.mtimeNs],
    );
    assert.equal(undone.steps.find((step) => step.kind === "kill")?.state, "skipped");
    assert.equal(undone.steps.find((step) => step.kind === "quarantine")?.state, "done");
    assert.equal(responder.listIsolated().files[0]?.status, "restored");
    assert.equal(isRunning(pid), false, "restoring starts nothing");
  });

  it("applying the same plan twice changes nothing the second time", async () => {
    const pid = await lab.start(lab.program());
    const responder = lab.responder();
    const plan = await responder.prepareIsolate([{ kind: "process", pid }], { watchSeconds: 0 });
    await responder.applyPlan(plan);
    const again = await responder.applyPlan(plan);
    assert.deepEqual(
      again.steps.map((step) => step.state),
      ["skipped", "skipped", "skipped", "skipped"],
    );
    assert.equal(responder.listIsolated().files.length, 1);
  });

  it("a plan that was changed after it was made is refused before anything happens", async () => {
    const pid = await lab.start(lab.program());
    const responder = lab.responder();
    const plan = await responder.prepareContain([{ kind: "process", pid }]);
    await assert.rejects(responder.applyPlan({ ...plan, title: "Other" }), { kind: "preconditionChanged" });
    assert.equal(stateOf(pid), "S");
    assert.deepEqual(responder.journal().entries, []);
  });

  it("delete removes the content and keeps a tombstone", async () => {
    const file = lab.path("dropper");
    writeFileSync(file, "#!/bin/sh\n");
    const responder = lab.responder();
    await responder.applyPlan(await responder.prepareIsolate([{ kind: "file", path: file }]));
    const [isolated] = responder.listIsolated().files;
    assert.ok(isolated);
    const plan = responder.prepareDelete([isolated.id]);
    assert.equal(plan.irreversible.length, 1);
    const result = await responder.applyPlan(plan);
    assert.equal(result.steps[0]?.state, "done", result.steps[0]?.detail);
    assert.equal(responder.listIsolated().files[0]?.status, "deleted");
    assert.equal(existsSync(lab.path("state", "quarantine", isolated.id, "content")), false);
  });

  it("G5 cancelling at any time settles soon, says where everything stands, and leaks no descriptor", async () => {
    const responder = lab.responder();
    const descriptors = (): number => readdirSync("/proc/self/fd").length;
    await responder.applyPlan(
      await responder.prepareIsolate([{ kind: "process", pid: await lab.start(lab.program()) }], { watchSeconds: 0 }),
    );
    const before = descriptors();
    for (let run = 0; run < 12; run += 1) {
      const program = lab.program(`miner${run}`);
      const pid = await lab.start(program);
      const plan = await responder.prepareIsolate([{ kind: "process", pid }], { watchSeconds: 60 });
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(), run * 25);
      const applying = responder.applyPlan(plan, { signal: controller.signal });
      const result = await Promise.race([applying, sleep(5000 + run * 25).then(() => undefined)]);
      clearTimeout(timer);
      assert.ok(result, `run ${run} settles`);
      const done = (kind: string): boolean => result.steps.some((step) => step.kind === kind && step.state === "done");
      assert.equal(isRunning(pid), !done("kill"));
      if (isRunning(pid)) assert.equal(stateOf(pid) === "T", done("freeze"));
      assert.equal(existsSync(program), !done("quarantine"));
      await responder.undo(plan.id);
      if (isRunning(pid)) process.kill(pid, "SIGKILL");
    }
    assert.ok(descriptors() <= before + 1, `${descriptors()} descriptors instead of ${before}`);
  });

  it("a file that a process outside the plan runs is taken with a word about that process", async () => {
    const file = lab.program();
    const pid = await lab.start(file);
    const plan = await lab.responder().prepareIsolate([{ kind: "file", path: file }]);
    assert.match(plan.steps[0]?.effect ?? "", new RegExp(`not part of this plan: ${pid}\\.`));
  });
});
