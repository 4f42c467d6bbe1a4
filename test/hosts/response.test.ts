import assert from "node:assert/strict";
import { methods } from "#protocol/methods";
import { lookAgain } from "#remote/verify/aliveProcesses";
import type { OpenedHost } from "#remote/openHost";
import { buildForHosts } from "./buildForHosts.ts";
import { connectHelper } from "./connectHelper.ts";
import { LabHost } from "./lab/labHost.ts";
import { skipWithoutLab } from "./lab/skipWithoutLab.ts";
import { evilScenarios } from "./sims/evilScenarios.ts";
import { type ScenarioRun, Stage } from "./sims/scenario.ts";

describe("response on real hosts", function () {
  this.timeout(180_000);
  before(async function () {
    await skipWithoutLab(this);
    buildForHosts();
  });

  for (const suite of ["bookworm", "mini"] as const) {
    describe(suite, () => {
      let host: LabHost;
      let opened: OpenedHost;
      let run: ScenarioRun;
      let pid: number;
      let path: string;
      before(async () => {
        host = await LabHost.start({ suite });
        const scenario = evilScenarios.find(({ id }) => id === "miner-in-tmp");
        assert.ok(scenario);
        assert.ok(scenario.fits(host));
        run = await scenario.start(await Stage.open(host, 300));
        pid = run.processes.find(({ role }) => role === "miner")?.pid ?? 0;
        path = (await host.mustExec(`readlink /proc/${pid}/exe`)).trim();
        opened = await connectHelper(host, { user: suite === "mini" ? "root" : "ops" });
      });
      after(async () => {
        await opened?.close();
        await host.stop();
      });

      it("triages, plans, isolates and kills, sees it gone, restores the file bit for bit", async () => {
        const { client, shell } = opened.session;
        const metadata = (): Promise<string> => host.mustExec(`stat -c '%a %u %g %s %Y' ${path}; sha256sum ${path}`);
        const before = await metadata();
        const document = await client.request(methods.triage, { mode: "balanced", allowRules: [] });
        const alarm = document.alarms.find(({ process }) => process?.pid === pid);
        assert.ok(alarm, "the miner has an alarm");

        const plan = await client.request(methods.planIsolate, {
          targets: [{ kind: "alarm", id: alarm.id }],
          watchSeconds: 3,
        });
        assert.deepEqual(
          plan.steps.map(({ kind }) => kind),
          ["freeze", "evidence", "quarantine", "kill", "watch"],
        );
        assert.ok(plan.irreversible.length > 0, "a killed process is said to be gone for good");
        assert.match(await host.mustExec(`cat /proc/${pid}/stat`), /\) [RS] /, "planning changes nothing");

        const result = await client.request(methods.applyPlan, { plan });
        assert.deepEqual(
          result.steps.map(({ state }) => state),
          ["done", "done", "done", "done", "done"],
          JSON.stringify(result.steps),
        );
        assert.equal((await host.exec(`test -e ${path}`)).code, 1, "the file is gone from its place");
        const target = plan.steps.find((step) => step.kind === "kill")?.target;
        assert.ok(target?.kind === "process");
        assert.deepEqual(await lookAgain(shell, [target]), { stillAlive: [], hasLooked: true });

        const { alarms } = await client.request(methods.listAlarms, {});
        assert.equal(alarms.find(({ id }) => id === alarm.id)?.state, "handled");

        const { files } = await client.request(methods.listIsolated, {});
        const file = files.find((candidate) => candidate.path === path);
        assert.equal(file?.status, "isolated");

        const again = await client.request(methods.applyPlan, { plan });
        assert.ok(
          again.steps.every(({ state }) => state !== "failed"),
          "the same plan twice does no harm",
        );

        const restore = await client.request(methods.planRestore, { ids: [file?.id ?? ""] });
        const restored = await client.request(methods.applyPlan, { plan: restore });
        assert.deepEqual(
          restored.steps.map(({ state }) => state),
          ["done"],
          JSON.stringify(restored.steps),
        );
        assert.equal(await metadata(), before);

        const { entries } = await client.request(methods.journal, {});
        assert.ok(entries.some(({ kind, operator }) => kind === "kill" && operator === "tester@lab"));
      });
    });
  }

  it("contain freezes, undo thaws", async () => {
    const host = await LabHost.start({ suite: "bookworm" });
    try {
      const scenario = evilScenarios.find(({ id }) => id === "miner-in-tmp");
      const run = await scenario?.start(await Stage.open(host, 300));
      const pid = run?.processes.find(({ role }) => role === "miner")?.pid ?? 0;
      const opened = await connectHelper(host, { user: "ops" });
      const { client } = opened.session;
      const plan = await client.request(methods.planContain, { targets: [{ kind: "pid", pid }] });
      await client.request(methods.applyPlan, { plan });
      assert.match(await host.mustExec(`cat /proc/${pid}/stat`), /\) T /);
      const undone = await client.request(methods.undo, { plan: plan.id });
      assert.ok(
        undone.steps.every(({ state }) => state === "done"),
        JSON.stringify(undone),
      );
      assert.match(await host.mustExec(`cat /proc/${pid}/stat`), /\) [RS] /);
      await opened.close();
    } finally {
      await host.stop();
    }
  });

  it("C3 refuses pid 1, our own sshd and shell, and kernel threads", async () => {
    const host = await LabHost.start({ suite: "bookworm" });
    try {
      const opened = await connectHelper(host, { user: "ops" });
      const { client, handshake } = opened.session;
      const parents = (
        await host.mustExec(
          `p=${handshake.pid}; while [ "$p" -gt 1 ]; do echo $p; p=$(awk '{print $4}' /proc/$p/stat); done`,
        )
      )
        .trim()
        .split("\n")
        .map(Number);
      const targets = [1, ...parents].map((pid) => ({ kind: "pid" as const, pid }));
      const plan = await client.request(methods.planIsolate, { targets });
      assert.deepEqual(plan.steps, []);
      assert.ok(plan.refused.length >= targets.length, JSON.stringify(plan.refused));
      await opened.close();
    } finally {
      await host.stop();
    }
  });
});
