import assert from "node:assert/strict";
import fc from "fast-check";
import { MemoryHost } from "#test/autostart/memoryHost";
import { expandBraces, GlobWalker, matchesName } from "./glob.ts";

describe("matchesName", () => {
  const cases: readonly [string, string, boolean][] = [
    ["*", ".hidden", true],
    ["*", "", true],
    ["csh.*", "csh.login", true],
    ["csh.*", "tcsh.login", false],
    [".*", "a", false],
    ["a*a", "a", false],
    ["a*b*c", "aXbYc", true],
    ["a*b*c", "abYb", false],
    ["*b*", "abc", true],
    ["x", "x", true],
    ["x", "xy", false],
  ];
  for (const [pattern, name, expected] of cases)
    it(`${expected ? "takes" : "refuses"} ${name} for ${pattern}`, () =>
      assert.equal(matchesName(pattern, name), expected));

  it("agrees with the regular expression of the same meaning", () => {
    const letters = fc.array(fc.constantFrom("a", "b", "*", "."), { maxLength: 8 }).map((list) => list.join(""));
    fc.assert(
      fc.property(letters, letters, (pattern, name) => {
        const expression = new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`, "s");
        assert.equal(matchesName(pattern, name), expression.test(name));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("expandBraces", () => {
  it("gives every combination, an empty choice included", () =>
    assert.deepEqual(expandBraces("/{a,b}/x{,.y}"), ["/a/x", "/a/x.y", "/b/x", "/b/x.y"]));
});

describe("GlobWalker", () => {
  it("finds files below folders, links to files, and no folders", () => {
    const host = new MemoryHost({
      "/a/f": "",
      "/a/.g": "",
      "/a/d/h": "",
      "/a/l": { link: "f" },
      "/a/broken": { link: "x" },
    });
    const paths = (pattern: string): readonly string[] =>
      [...new GlobWalker(host, 100).match(pattern)].map(({ path }) => path);
    assert.deepEqual(paths("/a/*"), ["/a/.g", "/a/broken", "/a/f", "/a/l"]);
    assert.deepEqual(paths("/a/**"), ["/a/.g", "/a/broken", "/a/d/h", "/a/f", "/a/l"]);
    assert.deepEqual(paths("/*/d/*"), ["/a/d/h"]);
    assert.deepEqual(paths("/none/*"), []);
  });

  it("says what it left out: a folder that it may not read, and files past the limit", () => {
    const host = new MemoryHost({
      "/a": { kind: "directory", failure: "EACCES" },
      "/b/1": "",
      "/b/2": "",
      "/b/3": "",
    });
    const walker = new GlobWalker(host, 2);
    assert.equal([...walker.match("/a/*"), ...walker.match("/b/*")].length, 2);
    assert.deepEqual(walker.gaps, ["/a: EACCES.", "More than 2 files; the rest was not read."]);
  });
});
