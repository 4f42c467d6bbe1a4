import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { collectFacts } from "#helper/collectors/collectFacts";
import { LinuxHost } from "#helper/host/linuxHost";
import { lacksCompiler, startSleepers, Workshop } from "#scripts/bench/workshop";

/** Leaves room below the usual pid_max of 32768 for everything else. */
const crowd = 8000;

describe("C12 a crowded machine", function () {
  const workshop = new Workshop();
  after(() => workshop.end());

  it(`is collected with ${crowd} more processes, within a minute and without growing past 400 MB`, async function () {
    if (lacksCompiler() !== undefined) this.skip();
    const sleepers = await startSleepers(workshop.compile("sleepers"), crowd);
    try {
      const startedAt = performance.now();
      const facts = await collectFacts(new LinuxHost(), { cpuWindowMs: 200 });
      const seconds = (performance.now() - startedAt) / 1000;
      assert.ok(facts.processes.kind === "seen");
      const listed = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length;
      const seenAll = facts.processes.value.length > listed * 0.98;
      const saysSo = facts.processes.gaps.some((gap) => gap.startsWith("Only "));
      assert.ok(seenAll || saysSo, `${facts.processes.value.length} of ${listed}, and nothing said`);
      assert.ok(seconds < 60, `${seconds.toFixed(1)} s`);
      const peak = Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1]) / 1024;
      assert.ok(peak < 400, `${peak.toFixed(0)} MB`);
    } finally {
      await sleepers.end();
    }
  });
});
