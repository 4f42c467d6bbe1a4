import assert from "node:assert/strict";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type DrillHost, startDrillHost } from "./drill.ts";
import { identifyProcess } from "./lab/processIdentity.ts";
import { skipWithoutLab } from "./lab/skipWithoutLab.ts";
import { type LocalDrill, startLocalDrill } from "./localDrill.ts";

describe("drill host", function () {
  this.timeout(300_000);
  let drill: DrillHost;
  before(async function () {
    await skipWithoutLab(this);
    drill = await startDrillHost({ seconds: 120 });
  });
  after(async () => await drill?.stop());

  it("is reached with its key and its known_hosts line, and gives root by sudo", async () => {
    const { stdout, stderr } = await drill.lab.ssh(drill.user, "sudo -n id -u", {
      knownHosts: `${drill.knownHostsLine}\n`,
    });
    assert.equal(stdout, "0\n", stderr);
  });

  it("runs five scenarios", async () => {
    assert.equal(drill.runs.size, 5);
    for (const [id, run] of drill.runs) {
      for (const { pid } of run.processes) assert.equal((await drill.lab.exec(`kill -0 ${pid}`)).code, 0, id);
    }
  });
});

for (const burner of ["compiled", "node"] as const) {
  describe(`local drill with the ${burner} burner`, function () {
    this.timeout(60_000);
    let drill: LocalDrill;
    before(async () => {
      drill = await startLocalDrill({ reason: "a test", seconds: 60, burner });
    });
    after(async () => await drill?.stop());

    it("runs a miner, a masquerade, a deleted executable and a watchdog pair", async () => {
      for (let tries = 0; tries < 60 && drill.pids().length < 6; tries += 1) await sleep(100);
      // A freshly started Node has not yet replaced its command line.
      if (burner === "node") await sleep(1000);
      const programs = drill.pids().map((pid) => readlinkSync(`/proc/${pid}/exe`));
      assert.ok(programs.includes(`${drill.folder}/xmrig`));
      assert.ok(programs.includes(`${drill.folder}/dbus-broker (deleted)`));
      assert.ok(programs.includes(`${drill.folder}/.font-unix/syshealth`));
      const lines = drill.pids().map((pid) => readFileSync(`/proc/${pid}/cmdline`, "latin1"));
      assert.ok(lines.some((line) => line.startsWith("[kworker/1:2-events]")));
    });

    it("leaves no process and no file when it stops", async () => {
      const pids = drill.pids();
      assert.ok(pids.length >= 6);
      await drill.stop();
      await sleep(1500);
      for (const pid of pids) assert.equal(identifyProcess(pid), undefined, `pid ${pid}`);
      assert.deepEqual(drill.pids(), []);
      assert.equal(existsSync(drill.folder), false);
    });
  });
}
