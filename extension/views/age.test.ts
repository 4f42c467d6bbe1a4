import assert from "node:assert/strict";
import { describeAge, describeTime } from "./age.ts";

const now = Date.UTC(2026, 0, 1);

describe("F7 age", () => {
  it("counts minutes, hours and days", () => {
    const ages: readonly (readonly [number, string])[] = [
      [0, "just now"],
      [44_000, "just now"],
      [180_000, "3 min ago"],
      [7_200_000, "2 h ago"],
      [5 * 86_400_000, "5 d ago"],
    ];
    for (const [age, words] of ages) assert.equal(describeAge(now - age, now), words);
  });

  it("never calls a time in the future or no time at all fresh", () => {
    assert.equal(describeAge(now + 5_000, now), "just now");
    assert.equal(describeAge(now + 120_000, now), "at a time in the future");
    assert.equal(describeAge(Number.NaN, now), "at an unknown time");
    assert.equal(describeAge(Number.POSITIVE_INFINITY, now), "at an unknown time");
  });
});

describe("F7 time", () => {
  it("shows the years 1970, 9999 and what lies around them in full", () => {
    assert.equal(describeTime(0), "1970-01-01 00:00:00 UTC");
    assert.equal(describeTime(-1000), "1969-12-31 23:59:59 UTC");
    assert.equal(describeTime(253_402_300_799_999), "9999-12-31 23:59:59 UTC");
    assert.equal(describeTime(253_402_300_800_000), "+010000-01-01 00:00:00 UTC");
    assert.equal(describeTime(-8.64e15), "-271821-04-20 00:00:00 UTC");
  });

  it("says that there is no such time", () => {
    for (const time of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1, -1e300])
      assert.equal(describeTime(time), "an impossible time");
  });
});
