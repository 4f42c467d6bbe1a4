import assert from "node:assert/strict";
import { parsePreloadFile } from "./preloadFile.ts";

describe("parsePreloadFile", () => {
  it("separates entries by blanks, colons and lines, and leaves comments out", () => {
    assert.deepEqual(parsePreloadFile("# /x.so\n/a.so:/b.so\t/c.so # /d.so\n\n/a.so"), ["/a.so", "/b.so", "/c.so"]);
  });

  it("finds nothing in comments and blanks, and at most 64 entries in a flood", () => {
    assert.deepEqual(parsePreloadFile("\n \t\n# x\n"), []);
    assert.equal(parsePreloadFile(Array.from({ length: 999 }, (_, index) => `/${index}`).join(" ")).length, 64);
  });
});
