import assert from "node:assert/strict";
import { planRestore } from "#core/actions/restore-file/plan";
import { planSchema } from "#protocol/schemas";
import { frame } from "#test/plans/responseFixture";

describe("planRestore", () => {
  const target = { kind: "isolated", id: "x", path: "/tmp/miner", sha256: "a".repeat(64) } as const;

  it("names the place, warns that the file can be run again, and crosses the wire unchanged", () => {
    const plan = planRestore(
      frame,
      [{ target, lossy: [], to: { path: "/srv/miner" }, override: "writableParent" }],
      [],
    );
    assert.match(plan.steps[0]?.effect ?? "", /^\/srv\/miner is there again .* can be run again/);
    assert.equal(plan.steps[0]?.risk, "high");
    assert.deepEqual(planSchema.parse(JSON.parse(JSON.stringify(plan))), plan);
  });

  it("says what will be missing", () => {
    const plan = planRestore(frame, [{ target, lossy: ["ACLs were not recorded"] }], []);
    assert.match(plan.steps[0]?.effect ?? "", /but not identical: ACLs were not recorded/);
  });
});
