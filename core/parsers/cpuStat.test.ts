import assert from "node:assert/strict";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { parseCpuStat } from "./cpuStat.ts";

const sample =
  "cpu  100 10 50 800 20 3 7 10 5 0\ncpu0 50 5 25 400 10 1 4 5 2 0\ncpu1 50 5 25 400 10 2 3 5 3 0\nintr 5\n";

describe("parseCpuStat", () => {
  it("sums what ran, without waiting, stolen time, or guests twice", () => {
    assert.deepEqual(parseCpuStat(sample).value, { busy: 170, total: 1000, cores: 2 });
  });

  it("reads the short line of old kernels", () => {
    assert.deepEqual(parseCpuStat("cpu 1 2 3 4\n").value, { busy: 6, total: 10, cores: 0 });
  });

  it("refuses a text without the line", () => {
    assert.equal(parseCpuStat("intr 5\n").value, undefined);
  });

  describeHostileText(parseCpuStat, sample);
});
