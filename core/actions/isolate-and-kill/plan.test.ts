import assert from "node:assert/strict";
import { planIsolate } from "#core/actions/isolate-and-kill/plan";
import { isSealIntact } from "#core/plans/sealPlan";
import { planSchema } from "#protocol/schemas";
import { frame, processTarget, resolvedFile, resolvedProcess, responseInput } from "#test/plans/responseFixture";

describe("planIsolate", () => {
  const two = responseInput({
    processes: [resolvedProcess(7, { tree: [processTarget(8)] }), resolvedProcess(20)],
    files: [resolvedFile("/tmp/.x/xmrig"), resolvedFile("/tmp/.x/run.sh")],
  });

  it("freezes everything before evidence, evidence before files, files before the kill, and watches last", () => {
    const plan = planIsolate(two, { watchSeconds: 60 });
    assert.deepEqual(
      plan.steps.map(({ id, kind }) => `${id} ${kind}`),
      [
        "s1 freeze",
        "s2 freeze",
        "s3 evidence",
        "s4 evidence",
        "s5 quarantine",
        "s6 quarantine",
        "s7 kill",
        "s8 kill",
        "s9 watch",
      ],
    );
    assert.equal(plan.title, "Isolate 2 files and kill 2 processes on web-1");
  });

  it("says for each process that a kill has no way back, and marks only files and freezes as undoable", () => {
    const plan = planIsolate(two, { watchSeconds: 60 });
    assert.equal(plan.irreversible.filter((text) => text.includes("not started again")).length, 2);
    for (const step of plan.steps) assert.equal(step.undoable, ["freeze", "quarantine"].includes(step.kind), step.kind);
  });

  it("crosses the wire unchanged, with its seal", () => {
    const plan = planIsolate(two, { watchSeconds: 60 });
    const received = planSchema.parse(JSON.parse(JSON.stringify(plan)));
    assert.deepEqual(received, plan);
    assert.equal(isSealIntact(received, frame.sha256), true);
    assert.equal(isSealIntact({ ...received, alarms: ["x"] }, frame.sha256), false);
  });

  it("watches for what is marked and for the files, never for a packaged helper of the tree", () => {
    const shell = processTarget(8, { exe: "/usr/bin/sleep", cmdline: "sleep 60", sha256: "b".repeat(64) });
    const input = responseInput({
      processes: [resolvedProcess(7, { tree: [shell] })],
      files: [resolvedFile("/tmp/f")],
    });
    const step = planIsolate(input, { watchSeconds: 5 }).steps.at(-1);
    assert.ok(step?.kind === "watch");
    assert.deepEqual(step.target.sha256, ["a".repeat(64), "c".repeat(64)]);
    assert.deepEqual(step.target.cmdlines, ["/tmp/.x/xmrig -o pool"]);
  });

  it("takes a file that two processes run once", () => {
    const input = responseInput({ files: [resolvedFile("/tmp/x"), resolvedFile("/tmp/x")] });
    assert.equal(planIsolate(input, { watchSeconds: 60 }).steps.length, 1);
  });

  it("does not watch when nothing is killed", () => {
    const plan = planIsolate(responseInput({ files: [resolvedFile("/tmp/x")] }), { watchSeconds: 60 });
    assert.deepEqual(
      plan.steps.map(({ kind }) => kind),
      ["quarantine"],
    );
  });

  it("names what a restored copy will lack, on the step and among what has no way back", () => {
    const plan = planIsolate(responseInput({ files: [resolvedFile("/tmp/x", { lossy: ["no tool for ACLs"] })] }), {
      watchSeconds: 0,
    });
    assert.match(plan.steps[0]?.undo ?? "", /not identical: no tool for ACLs/);
    assert.match(plan.irreversible.join(), /no tool for ACLs/);
  });

  it("with everything refused is a plan without steps that says why", () => {
    const plan = planIsolate(
      responseInput({
        processes: [resolvedProcess(1, { refusal: "it is process 1." })],
        files: [resolvedFile("/usr/bin/python3", { refusal: "it came with the system." })],
        refused: [{ target: "process 99", reason: "There is no process 99." }],
      }),
      { watchSeconds: 60 },
    );
    assert.deepEqual(plan.steps, []);
    assert.equal(plan.refused.length, 3);
    assert.deepEqual(plan.irreversible, []);
    assert.equal(plan.title, "Nothing to do on web-1");
  });

  it("counts further names, found or not, and says that an image may bring the file back", () => {
    const target = { ...resolvedFile("/tmp/x").target, otherNames: ["/home/bob/y"] };
    const [step] = planIsolate(
      responseInput({ files: [resolvedFile("/tmp/x", { target, missingNames: 2, isInContainer: true })] }),
      { watchSeconds: 0 },
    ).steps;
    assert.match(step?.effect ?? "", /1 other name goes too: \/home\/bob\/y/);
    assert.match(step?.effect ?? "", /2 further hard links exist that were not found; they lose every permission/);
    assert.match(step?.effect ?? "", /image again may bring it back/);
  });

  it("names processes that run the file and are not ended by the plan", () => {
    const input = responseInput({
      processes: [resolvedProcess(7, { tree: [processTarget(8)] })],
      files: [resolvedFile("/tmp/x", { runningPids: [7, 8, 99] })],
    });
    const step = planIsolate(input, { watchSeconds: 0 }).steps.find(({ kind }) => kind === "quarantine");
    assert.match(step?.effect ?? "", /go on, because they are not part of this plan: 99\./);
  });

  it("crosses the wire with thousands of names and processes", () => {
    const many = Array.from({ length: 5000 }, (_, index) => index);
    const target = {
      ...resolvedFile("/tmp/x").target,
      otherNames: many.map((index) => `/home/${"x".repeat(200)}/${index}`),
    };
    const input = responseInput({
      processes: [resolvedProcess(7, { tree: many.slice(0, 500).map((index) => processTarget(index + 100)) })],
      files: [resolvedFile("/tmp/x", { target, runningPids: many.map((index) => index + 10_000) })],
    });
    const plan = planIsolate(input, { watchSeconds: 60 });
    assert.deepEqual(planSchema.parse(JSON.parse(JSON.stringify(plan))), plan);
    assert.match(plan.steps.find(({ kind }) => kind === "quarantine")?.effect ?? "", /and 4990 more/);
  });
});
