import assert from "node:assert/strict";
import { planContain } from "#core/actions/contain/plan";
import { isSealIntact } from "#core/plans/sealPlan";
import { frame, processTarget, resolvedFile, resolvedProcess, responseInput } from "#test/plans/responseFixture";

describe("planContain", () => {
  it("freezes each process with its tree, and everything can be undone", () => {
    const plan = planContain(
      responseInput({
        processes: [resolvedProcess(7, { tree: [processTarget(8), processTarget(9)] }), resolvedProcess(20)],
      }),
    );
    assert.deepEqual(
      plan.steps.map(({ id, kind, undoable }) => [id, kind, undoable]),
      [
        ["s1", "freeze", true],
        ["s2", "freeze", true],
      ],
    );
    assert.match(plan.steps[0]?.effect ?? "", /the 2 others that belong to it \(8, 9\)/);
    assert.deepEqual(plan.irreversible, []);
    assert.equal(isSealIntact(plan, frame.sha256), true);
  });

  it("leaves out what another target's tree covers, and what is asked for twice", () => {
    const plan = planContain(
      responseInput({
        processes: [resolvedProcess(8), resolvedProcess(7, { tree: [processTarget(8)] }), resolvedProcess(7)],
      }),
    );
    assert.deepEqual(
      plan.steps.map(({ target }) => ("pid" in target ? target.pid : 0)),
      [7],
    );
  });

  it("does not leave out a process that only a refused one's tree covers", () => {
    const plan = planContain(
      responseInput({
        processes: [resolvedProcess(8), resolvedProcess(1, { tree: [processTarget(8)], refusal: "it is process 1." })],
      }),
    );
    assert.deepEqual(
      plan.steps.map(({ target }) => ("pid" in target ? target.pid : 0)),
      [8],
    );
    assert.deepEqual(plan.refused, [{ target: "process 1 (/tmp/.x/xmrig)", reason: "it is process 1." }]);
  });

  it("marks an overridden service as a high risk and carries the override", () => {
    const [step] = planContain(
      responseInput({ processes: [resolvedProcess(5, { override: "importantService" })] }),
    ).steps;
    assert.ok(step?.kind === "freeze");
    assert.deepEqual([step.risk, step.override], ["high", "importantService"]);
  });

  it("takes no files, and says so", () => {
    const plan = planContain(responseInput({ files: [resolvedFile("/tmp/x")] }));
    assert.deepEqual(plan.steps, []);
    assert.deepEqual(
      plan.refused.map(({ target }) => target),
      ["/tmp/x"],
    );
  });
});
