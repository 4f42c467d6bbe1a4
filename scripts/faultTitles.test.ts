import assert from "node:assert/strict";
import { faultTestsIn } from "./faultTitles.ts";

describe("faultTestsIn", () => {
  it("finds titles in it(), in describe() and in tables of cases, with every id", () => {
    const source = [
      'describe("G11 the package", () => {',
      "  it(`D12 B5 a folder that is ${name} is not used`, () => {});",
      '  const hostile = [["F2 a line that never ends", bytes]];',
    ].join("\n");
    assert.deepEqual(faultTestsIn("x.test.ts", source), [
      { ids: ["G11"], file: "x.test.ts", title: "the package" },
      { ids: ["D12", "B5"], file: "x.test.ts", title: "a folder that is … is not used" },
      { ids: ["F2"], file: "x.test.ts", title: "a line that never ends" },
    ]);
  });

  it("leaves out what only looks like an id", () => {
    assert.deepEqual(
      faultTestsIn("x.test.ts", '"A4"; "A4 Paper"; "M01 a check"; "SA1 x"; "C0 x"; it("a C4 inside")'),
      [],
    );
  });
});
