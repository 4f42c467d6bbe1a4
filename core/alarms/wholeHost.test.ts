import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { severityRank, type Alarm, type DetectionMode } from "#core/alarms/alarm";
import { judge } from "#core/alarms/judge";
import { checks } from "#core/checks/registry";
import { runChecks } from "#core/checks/runChecks";
import { evilHosts } from "#test/alarms/evilHosts";
import { innocentHosts } from "#test/alarms/innocentHosts";
import { everyday, uptime } from "#test/alarms/hostParts";
import { expandFacts, type FactsFixture } from "#test/checks/factsFixture";

function alarmsOf(fixture: FactsFixture, mode: DetectionMode = "balanced"): readonly Alarm[] {
  const seconds = Object.fromEntries(
    (fixture.processes ?? []).map((process) => [process.pid, ((process.cpuTicks ?? 10) / 100 / uptime) * 10] as const),
  );
  const facts = expandFacts({
    ...fixture,
    processes: [...everyday, ...(fixture.processes ?? [])],
    cpuSeconds: { ...seconds, ...fixture.cpuSeconds },
  });
  const judgement = judge({
    facts,
    outcomes: runChecks(checks, facts),
    checks,
    mode,
    earlier: [],
    allowlist: [],
    digest: (text) => createHash("sha256").update(text, "latin1").digest("hex"),
  });
  assert.deepEqual(judgement.notRun, []);
  return judgement.alarms;
}

function isSerious({ severity }: Alarm): boolean {
  return severityRank[severity] >= severityRank.high;
}

/** Every pid that an alarm makes findable. */
function pidsOf({ process, children = [] }: Alarm): readonly number[] {
  return [...(process ? [process.pid] : []), ...children.map(({ pid }) => pid)];
}

describe("whole hosts", () => {
  for (const [name, fixture, pids] of evilHosts) {
    it(`finds ${name}, as high or critical and with its pid`, () => {
      const alarms = alarmsOf(fixture);
      const serious = alarms.filter(isSerious);
      for (const pid of pids)
        assert.ok(
          serious.some((alarm) => pidsOf(alarm).includes(pid)),
          `pid ${pid} in ${JSON.stringify(alarms, undefined, 1)}`,
        );
      const strangers = serious.flatMap(pidsOf).filter((pid) => !pids.includes(pid));
      assert.deepEqual(strangers, [], JSON.stringify(serious, undefined, 1));
    });
  }

  for (const [name, fixture] of innocentHosts) {
    it(`raises nothing high on ${name}`, () => {
      const serious = alarmsOf(fixture).filter(isSerious);
      assert.deepEqual(serious, [], JSON.stringify(serious, undefined, 1));
    });
  }

  it("raises no alarm at all on an idle host, in any mode", () => {
    for (const mode of ["sensitive", "balanced", "conservative"] as const) assert.deepEqual(alarmsOf({}, mode), []);
  });

  it("finds all of them at once, each under its own program", () => {
    const fixture: FactsFixture = {
      processes: evilHosts
        .slice(0, 8)
        .flatMap(([name, { processes = [] }]) => (name.startsWith("the same") ? [] : processes)),
      texts: evilHosts.slice(0, 8).flatMap(([, { texts = [] }]) => texts),
      ownership: { "/usr/sbin/simhide": "unowned", "/usr/local/lib/libsimhide.so": "unowned" },
    };
    const serious = alarmsOf(fixture).filter(isSerious);
    for (const pid of [300, 301, 302, 303, 304, 305, 306, 307, 308])
      assert.equal(serious.filter((alarm) => pidsOf(alarm).includes(pid)).length, 1, `pid ${pid}`);
    assert.equal(new Set(serious.map(({ id }) => id)).size, serious.length);
  });
});
