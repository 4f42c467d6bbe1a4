import assert from "node:assert/strict";
import fc from "fast-check";
import { fairShare } from "./fairShare.ts";

describe("fairShare", () => {
  it("cuts the group that floods, and no other", () => {
    const flood = [...Array.from({ length: 100 }, () => "mallory"), "root", "alice", "root"];
    const { kept, cut } = fairShare(flood, 10, (name) => name);
    assert.deepEqual(kept.slice(-3), ["root", "alice", "root"]);
    assert.equal(kept.length, 10);
    assert.deepEqual([...cut], [["mallory", 93]]);
  });

  it("never exceeds the limit of weights", () => {
    const values = fc.array(fc.record({ group: fc.constantFrom("a", "b"), weight: fc.nat({ max: 9 }) }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(values, fc.nat({ max: 60 }), (list, limit) => {
        const { kept, cut } = fairShare(
          list,
          limit,
          ({ group }) => group,
          ({ weight }) => weight,
        );
        assert.ok(kept.reduce((sum, { weight }) => sum + weight, 0) <= limit);
        assert.equal(kept.length + [...cut.values()].reduce((sum, count) => sum + count, 0), list.length);
      }),
    );
  });

  it("keeps as much as fits, in order, and accounts for the rest", () => {
    const values = fc.array(fc.record({ group: fc.constantFrom("a", "b", "c"), number: fc.nat() }), { maxLength: 40 });
    fc.assert(
      fc.property(values, fc.nat({ max: 50 }), (list, limit) => {
        const { kept, cut } = fairShare(list, limit, ({ group }) => group);
        const missing = [...cut.values()].reduce((sum, count) => sum + count, 0);
        assert.equal(kept.length, Math.min(limit, list.length));
        assert.equal(kept.length + missing, list.length);
        assert.deepEqual(
          kept,
          list.filter((value) => kept.includes(value)),
        );
      }),
    );
  });
});
