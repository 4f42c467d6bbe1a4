import assert from "node:assert/strict";
import { evidenceKind, isCircumstantial, isExcusedByOwner } from "#core/alarms/evidenceKind";
import { checks } from "#core/checks/registry";

describe("evidence kinds", () => {
  for (const { id, slug } of checks)
    it(`knows what kind of evidence ${id} ${slug} is`, () => assert.notEqual(evidenceKind(id), undefined));

  it("takes a rule that it does not know for circumstantial and for not excusable", () => {
    assert.equal(isCircumstantial("Z99"), true);
    assert.equal(isExcusedByOwner("Z99"), false);
  });

  it("lets a package excuse work and place, and nothing that turns its program into a tool", () => {
    for (const rule of ["M10", "M11", "M14", "P01", "P03", "P05"]) assert.ok(isExcusedByOwner(rule), rule);
    for (const rule of ["P02", "P04", "P06", "P09", "P11", "P12", "P13", "P17", "P20", "R01", "A02", "A03", "A05"])
      assert.ok(!isExcusedByOwner(rule), rule);
  });
});
