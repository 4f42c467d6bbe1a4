import assert from "node:assert/strict";
import fs from "node:fs";
import fc from "fast-check";
import { parseProcessStat } from "#helper/execute/processStat";

describe("parseProcessStat", () => {
  const rest = "S 1 22 33 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0";

  it("C2 reads the fields after the last bracket, whatever name a process gave itself", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constant("x) R 1 (\n"), fc.constant(") Z 1 1 1 (")), (comm) => {
        const stat = parseProcessStat(`42 (${comm}) ${rest}`);
        assert.deepEqual(stat, {
          pid: 42,
          comm,
          state: "S",
          ppid: 1,
          pgrp: 22,
          session: 33,
          isKernelThread: false,
          startTime: 4711,
        });
      }),
    );
  });

  it("knows a kernel thread by its flag", () => {
    assert.equal(parseProcessStat(`2 (kthreadd) ${rest.replace("4194560", "2129984")}`)?.isKernelThread, true);
  });

  it("reads this very process", () => {
    const stat = parseProcessStat(fs.readFileSync("/proc/self/stat", "latin1"));
    assert.equal(stat?.pid, process.pid);
    assert.equal(stat.ppid, process.ppid);
  });

  it("says nothing for what is no stat line", () => {
    for (const text of ["", "42", "42 (x", "42 (x) S", `x (y) ${rest}`, "42 (x) S 1 1 1 0 -1 x"])
      assert.equal(parseProcessStat(text), undefined, text);
  });
});
