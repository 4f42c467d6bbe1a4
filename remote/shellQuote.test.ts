import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { shellCommand, shellQuote } from "#remote/shellQuote";

describe("shellQuote", () => {
  it("carries any argument through a real shell unchanged", () => {
    const argument = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 4 }), (argv) => {
        const printed = execFileSync("/bin/sh", ["-c", `printf '%s\\0' ${shellCommand(argv)}`]);
        const expected = argv.map((text) => `${Buffer.from(text).toString()}\0`).join("");
        assert.equal(printed.toString(), expected);
      }),
      { numRuns: 60 },
    );
  });

  it("refuses a NUL byte instead of cutting the argument", () => {
    assert.throws(() => shellQuote("a\0b"), RangeError);
  });
});
