import assert from "node:assert/strict";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { parseProcStatus } from "./procStatus.ts";

const sample =
  "Name:\tsleep\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t412\nNgid:\t0\nPid:\t413\nPPid:\t1\nTracerPid:\t0\n" +
  "Uid:\t1000\t0\t0\t0\nGid:\t1001\t1001\t1001\t1001\nFDSize:\t64\nVmRSS:\t    2048 kB\nThreads:\t2\n";

describe("parseProcStatus", () => {
  it("reads real and effective user, thread group and resident size", () => {
    assert.deepEqual(parseProcStatus(sample).value, {
      tgid: 412,
      uid: 1000,
      euid: 0,
      gid: 1001,
      residentBytes: 2 << 20,
    });
  });

  it("counts no memory for a kernel thread", () => {
    assert.equal(parseProcStatus(sample.replace(/VmRSS.*\n/, "")).value?.residentBytes, 0);
  });

  it("is not fooled by a name that holds lines of its own", () => {
    const forged = sample.replace("sleep", "x\nUid:\t0\t0\t0\t0\nTgid:\t1");
    assert.deepEqual(parseProcStatus(forged).value, parseProcStatus(sample).value);
  });

  it("refuses a text without owner", () => {
    assert.equal(parseProcStatus("Name:\tx\n").value, undefined);
    assert.equal(parseProcStatus(sample.replace("1000\t0", "root\t0")).value, undefined);
  });

  describeHostileText(parseProcStatus, sample);
});
