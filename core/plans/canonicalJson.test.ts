import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalJson } from "#core/plans/canonicalJson";

describe("canonicalJson", () => {
  it("says the same as JSON, for any data", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("is the same text in whatever order fields were set", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
        const reversed = Object.fromEntries(Object.entries(fields).reverse());
        assert.equal(canonicalJson(reversed), canonicalJson({ ...fields }));
      }),
    );
  });

  it("differs for data that differ", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        let isSame = true;
        try {
          assert.deepEqual(JSON.parse(JSON.stringify(left)), JSON.parse(JSON.stringify(right)));
        } catch {
          isSame = false;
        }
        assert.equal(canonicalJson(left) === canonicalJson(right), isSame);
      }),
    );
  });

  it("leaves out what is undefined and refuses what JSON can't say", () => {
    assert.equal(canonicalJson({ b: undefined, a: [1, "x", null] }), `{"a":[1,"x",null]}`);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, () => 1, Symbol("x"), 1n])
      assert.throws(() => canonicalJson({ value }), RangeError);
  });
});
