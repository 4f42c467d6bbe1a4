import assert from "node:assert/strict";
import fc from "fast-check";
import { LiteralSearch } from "./literalSearch.ts";

describe("LiteralSearch", () => {
  const find = (text: string, literals: readonly string[], cut = text.length): readonly string[] => {
    const search = new LiteralSearch(literals.map((literal) => ({ id: literal, literal })));
    const bytes = Buffer.from(text, "latin1");
    for (let at = 0; at < bytes.length; at += Math.max(1, cut)) search.feed(bytes.subarray(at, at + Math.max(1, cut)));
    return search.found();
  };

  it("finds literals at the start, at the end, overlapping, and with bytes of any value", () => {
    assert.deepEqual(find("donate\x00\xfflevel", ["donate", "ate\x00\xfflev", "level", "leve?"]), [
      "ate\x00\xfflev",
      "donate",
      "level",
    ]);
  });

  it("reports one id for several literals once, and nothing for an empty list", () => {
    const search = new LiteralSearch([
      { id: "pool", literal: "stratum+tcp" },
      { id: "pool", literal: "stratum+ssl" },
    ]);
    search.feed(Buffer.from("stratum+ssl stratum+tcp"));
    assert.deepEqual(search.found(), ["pool"]);
    assert.deepEqual(find("anything", []), []);
  });

  it("finds exactly what is there, however the file is cut", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "\xff"), minLength: 4, maxLength: 9 });
    const text = fc.string({ unit: fc.constantFrom("a", "b", "\xff"), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.uniqueArray(letters, { maxLength: 8 }), fc.nat(20), (text, literals, cut) => {
        assert.deepEqual(find(text, literals, cut), literals.filter((literal) => text.includes(literal)).sort());
      }),
      { numRuns: 500 },
    );
  });
});
