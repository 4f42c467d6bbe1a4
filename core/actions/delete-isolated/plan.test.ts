import assert from "node:assert/strict";
import { planDelete } from "#core/actions/delete-isolated/plan";
import { frame } from "#test/plans/responseFixture";

describe("planDelete", () => {
  it("says for each file that there is no way back", () => {
    const target = { kind: "isolated", id: "x", path: "/tmp/miner", sha256: "a".repeat(64) } as const;
    const plan = planDelete(frame, [target, { ...target, id: "y", path: "/tmp/other" }], []);
    assert.deepEqual(
      plan.steps.map(({ kind, undoable, risk }) => [kind, undoable, risk]),
      [
        ["delete", false, "high"],
        ["delete", false, "high"],
      ],
    );
    assert.deepEqual(plan.irreversible, [
      "/tmp/miner can't be restored after this.",
      "/tmp/other can't be restored after this.",
    ]);
  });
});
