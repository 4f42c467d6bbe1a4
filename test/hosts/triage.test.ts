import assert from "node:assert/strict";
import { severityRank, type Alarm } from "#core/alarms/alarm";
import type { TriageDocument } from "#core/alarms/triageDocument";
import { methods } from "#protocol/methods";
import { buildForHosts } from "./buildForHosts.ts";
import { connectHelper } from "./connectHelper.ts";
import { LabHost } from "./lab/labHost.ts";
import { skipWithoutLab } from "./lab/skipWithoutLab.ts";
import { Stage } from "./sims/scenario.ts";
import { evilScenarios } from "./sims/evilScenarios.ts";
import { innocentScenarios } from "./sims/innocentScenarios.ts";

async function triage(host: LabHost): Promise<TriageDocument> {
  const opened = await connectHelper(host);
  try {
    return await opened.session.client.request(methods.triage, { mode: "balanced", allowRules: [] });
  } finally {
    await opened.close();
  }
}

const isUrgent = (alarm: Alarm): boolean => severityRank[alarm.severity] >= severityRank.high;

function pidsOf(alarms: readonly Alarm[]): ReadonlySet<number> {
  return new Set(
    alarms.flatMap(({ process, children = [] }) => [
      ...(process ? [process.pid] : []),
      ...children.map(({ pid }) => pid),
    ]),
  );
}

describe("triage of real hosts", function () {
  this.timeout(180_000);
  before(async function () {
    await skipWithoutLab(this);
    buildForHosts();
  });

  for (const suite of ["bullseye", "bookworm", "trixie", "mini"] as const) {
    describe(suite, () => {
      let host: LabHost;
      before(async () => {
        host = await LabHost.start({ suite });
      });
      after(async () => host.stop());

      it("a clean host has no alarm", async () => {
        const document = await triage(host);
        assert.deepEqual(
          document.alarms.map(({ title, evidence }) => ({ title, evidence })),
          [],
        );
      });

      it("every simulator that fits is found with severity high or critical, by its pid", async () => {
        const stage = await Stage.open(host, 300);
        const expected: { readonly id: string; readonly pid: number }[] = [];
        for (const scenario of evilScenarios.filter((one) => one.fits(host))) {
          const run = await scenario.start(stage);
          // The story's own actor: the last one is the program, the earlier ones are what started it.
          const actor = run.processes.find(({ role }) => role === "miner") ?? run.processes.at(-1);
          if (actor) expected.push({ id: scenario.id, pid: actor.pid });
        }
        const document = await triage(host);
        const found = pidsOf(document.alarms.filter(isUrgent));
        const missed = expected.filter(({ pid }) => !found.has(pid));
        assert.deepEqual(
          missed,
          [],
          `missed; alarms were ${JSON.stringify(
            document.alarms.map(({ title, severity, score, process }) => [severity, score, title, process?.pid]),
            undefined,
            1,
          )}`,
        );
        assert.ok(expected.length >= 3);
      });
    });
  }

  it("busy and innocent hosts raise no alarm of high or critical", async () => {
    const host = await LabHost.start({ suite: "bookworm" });
    try {
      const stage = await Stage.open(host, 120);
      const fitting = innocentScenarios.filter((one) => one.fits(host));
      assert.ok(fitting.length >= 5);
      for (const scenario of fitting) await scenario.start(stage);
      await new Promise((resolve) => setTimeout(resolve, 5000));
      const document = await triage(host);
      assert.deepEqual(
        document.alarms
          .filter(isUrgent)
          .map(({ title, severity, process, evidence }) => ({ title, severity, cmdline: process?.cmdline, evidence })),
        [],
      );
    } finally {
      await host.stop();
    }
  });
});
