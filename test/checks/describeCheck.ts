import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { thresholds } from "#core/alarms/alarm";
import type { Check } from "#core/checks/check";
import { runChecks } from "#core/checks/runChecks";
import type { FactName } from "#core/facts/facts";
import { expandFacts, type FactsFixture } from "./factsFixture.ts";

interface CheckFixture {
  /** One sentence: what this case is about. */
  readonly why: string;
  readonly facts: FactsFixture;
  /** What must be found, in order of subject; nothing for an innocent case. */
  readonly expect: readonly {
    readonly process?: number;
    readonly file?: string;
    readonly host?: true;
    readonly points?: number;
    readonly atLeast?: number;
  }[];
}

/**
 * The tests that every check has: each `fixtures/evil-*.json` finds exactly what it
 * says, each `fixtures/weak-*.json` does so below every threshold, because more must come
 * together, each `fixtures/innocent-*.json` stays quiet, the doc links an evil and an
 * innocent one, and a needed fact that could not be seen makes the check `notRun` and
 * never clear.
 */
export function describeCheck<Needs extends FactName>(check: Check<Needs>, folder: string): void {
  describe(`${check.id} ${check.slug}`, () => {
    const names = readdirSync(join(folder, "fixtures")).sort();
    for (const name of names) {
      const fixture: CheckFixture = JSON.parse(readFileSync(join(folder, "fixtures", name), "utf8"));
      it(`${name.startsWith("innocent-") ? "stays quiet on" : "finds"} ${name.replace(".json", "")}`, () => {
        const [outcome] = runChecks([check], expandFacts(fixture.facts));
        assert.notEqual(outcome?.kind, "notRun", JSON.stringify(outcome));
        const found = outcome?.kind === "findings" ? outcome.findings : [];
        assert.equal(found.length, fixture.expect.length, `found: ${JSON.stringify(found, undefined, 1)}`);
        for (const expected of fixture.expect) {
          const match = found.find(({ subject }) => {
            if (subject.kind === "process") return subject.key.startsWith(`${expected.process}@`);
            if (subject.kind === "file") return subject.path === expected.file;
            return expected.host === true;
          });
          assert.ok(match, `no finding about ${JSON.stringify(expected)} in ${JSON.stringify(found)}`);
          if (expected.points !== undefined) assert.equal(match.points, expected.points);
          if (expected.atLeast !== undefined) assert.ok(match.points >= expected.atLeast);
          assert.ok(match.text.length > 0 && match.source.length > 0);
        }
        if (name.startsWith("innocent-")) assert.deepEqual(fixture.expect, [], "an innocent fixture expects nothing");
        else assert.ok(fixture.expect.length > 0, "an evil fixture expects a finding");
        if (name.startsWith("weak-"))
          for (const { points } of found) assert.ok(points < thresholds.sensitive, "alone it alarms in no mode");
      });
    }

    it("has an evil and an innocent twin, both linked from its doc", () => {
      const doc = readFileSync(join(folder, "doc.md"), "utf8");
      assert.ok(doc.startsWith(`# ${check.id} `), "the doc starts with the id");
      const linked = [...doc.matchAll(/\(fixtures\/([\w-]+\.json)\)/g)].map(([, name]) => name ?? "");
      for (const name of linked) assert.ok(existsSync(join(folder, "fixtures", name)), `${name} is linked and missing`);
      for (const kind of ["evil-", "innocent-"])
        assert.ok(
          linked.some((name) => name.startsWith(kind)),
          `no ${kind} example`,
        );
    });

    for (const need of check.needs) {
      it(`G15 is not run, and not clear, when ${need} could not be seen`, () => {
        const facts = { ...expandFacts({}), [need]: { kind: "unseen", reason: "EACCES" } as const };
        assert.deepEqual(runChecks([check], facts), [{ kind: "notRun", check: check.id, reason: "EACCES" }]);
      });
    }
  });
}
