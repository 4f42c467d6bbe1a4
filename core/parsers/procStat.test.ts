import assert from "node:assert/strict";
import fc from "fast-check";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { parseProcStat } from "./procStat.ts";

const tail =
  "S 1 4242 4200 34816 4242 4194560 123 0 0 0 250 50 0 0 39 19 4 0 987654 12345678 321 18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 5 0 0 0 0 0 0 0 0 0 0 0\n";
const sample = `4242 (kworker/0:1) ${tail}`;

describe("parseProcStat", () => {
  it("reads the fields of proc(5)", () => {
    assert.deepEqual(parseProcStat(sample).value, {
      pid: 4242,
      comm: "kworker/0:1",
      state: "S",
      ppid: 1,
      pgrp: 4242,
      session: 4200,
      tty: 34816,
      flags: 4194560,
      cpuTicks: 300,
      nice: 19,
      threadCount: 4,
      startTime: 987654,
      policy: 5,
    });
  });

  it("F34 takes the name up to the last bracket, whatever a process calls itself", () => {
    for (const name of [") R 1 (x", "a) S 1 1 1 1", "\n)\n(", "", "(((", ")))", "\x1b[2J\xff"]) {
      const { value } = parseProcStat(`7 (${name}) ${tail}`);
      assert.equal(value?.comm, name);
      assert.equal(value?.ppid, 1);
    }
  });

  it("keeps any name of up to 15 bytes", () => {
    const byte = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 15 }), (bytes) => {
        assert.equal(parseProcStat(`9 (${bytes.join("")}) ${tail}`).value?.comm, bytes.join(""));
      }),
    );
  });

  it("refuses a line that was cut or has words for numbers", () => {
    assert.equal(parseProcStat("4242 (sh) S 1 2").value, undefined);
    assert.equal(parseProcStat(sample.replace("987654", "soon")).value, undefined);
    assert.equal(parseProcStat("").problems.length, 1);
  });

  describeHostileText(parseProcStat, sample);
});
