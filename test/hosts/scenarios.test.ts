import assert from "node:assert/strict";
import { LabHost } from "./lab/labHost.ts";
import { skipWithoutLab } from "./lab/skipWithoutLab.ts";
import { hiddenWord } from "./sims/ensureSimulators.ts";
import { type ScenarioRun, Stage } from "./sims/scenario.ts";
import { scenarios } from "./sims/scenarios.ts";

/** What makes each evil story the one it says it is, as root sees it in the host. */
const signs: Readonly<Record<string, (stage: Stage, run: ScenarioRun) => Promise<void>>> = {
  "miner-in-tmp": async (stage, run) => {
    assert.match(await exe(stage, pidOf(run, "miner")), /^\/tmp\/\.ICE-cache\/xmrig$/);
    await eventually(async () => assert.match(await stage.host.mustExec("cat /proc/net/tcp"), /:0D05 01/));
  },
  "kernel-thread-masquerade": async (stage, run) => {
    const pid = pidOf(run, "miner");
    assert.equal(
      await stage.host.mustExec(`tr '\\0' ' ' < /proc/${pid}/cmdline | sed 's/ *$//'`),
      "[kworker/1:2-events]",
    );
    assert.equal(await stage.host.mustExec(`cat /proc/${pid}/comm`), "kworker/1:2\n");
    assert.doesNotMatch(await stage.host.mustExec(`cat /proc/${pid}/environ`), /LAB_/);
    assert.match(await stage.host.mustExec(`grep ^Uid: /proc/${pid}/status`), /1001/);
  },
  "deleted-executable": async (stage, run) =>
    assert.match(await exe(stage, pidOf(run, "miner")), /^\/var\/tmp\/dbus-broker \(deleted\)$/),
  "memory-file": async (stage, run) => {
    assert.match(await exe(stage, pidOf(run, "miner")), /^\/memfd: \(deleted\)$/);
    assert.notEqual((await stage.host.exec("ls /tmp/.payload /tmp/.loader")).code, 0);
  },
  "watchdog-pair": async (stage, run) => {
    const pids = run.processes.map((process) => process.pid);
    await stage.host.mustExec(`kill -9 ${pids[0]} ${pids[2]}; rm /var/tmp/.font-unix/syshealth`);
    await eventually(async () => {
      const [again, miner] = (await stage.host.mustExec("cd /var/tmp/.font-unix; cat .a .m")).trim().split("\n");
      assert.notEqual(again, String(pids[0]));
      assert.notEqual(miner, String(pids[2]));
      assert.match(await exe(stage, Number(miner)), /syshealth$/);
    });
  },
  "persistent-unit": async (stage, run) => {
    const pid = pidOf(run, "miner");
    await stage.host.mustExec(`kill -9 ${pid}`);
    await eventually(async () => {
      const now = await stage.host.mustExec("systemctl show -p MainPID --value netstat-helper.service");
      assert.ok(Number(now) > 0 && Number(now) !== pid);
    });
  },
  "preload-hider": async (stage, run) => {
    const pid = pidOf(run, "miner");
    const listed = await stage.host.mustExec("ps -e -o args; ls /etc /usr/local/lib");
    assert.doesNotMatch(listed, new RegExp(`${hiddenWord}|ld.so.preload|libsystem-cache`));
    assert.match(await stage.host.mustExec(`cat /proc/${pid}/cmdline`), new RegExp(hiddenWord));
  },
  "preload-environment": async (stage, run) => {
    const pid = pidOf(run, "carrier");
    assert.match(
      await stage.host.mustExec(`tr '\\0' '\\n' < /proc/${pid}/environ`),
      /^LD_PRELOAD=\/dev\/shm\/\.x11\.so$/m,
    );
    assert.match(await stage.host.mustExec(`cat /proc/${pid}/maps`), /x11\.so/);
  },
  "mounted-over": async (stage, run) => {
    const pid = pidOf(run, "miner");
    assert.equal(await stage.host.mustExec(`ls /proc/${pid} | wc -l`), "0\n");
    assert.match(await stage.host.mustExec("cat /proc/mounts"), new RegExp(` /proc/${pid} `));
  },
  "immutable-files": async (stage, run) => {
    for (const path of run.paths) assert.notEqual((await stage.host.exec(["rm", path])).code, 0, path);
  },
  "reverse-shell": async (stage, run) => {
    const links = await stage.host.mustExec(
      `cd /proc/${pidOf(run, "shell")}/fd; readlink 0 1 2 || for n in 0 1 2; do readlink $n; done`,
    );
    assert.equal([...links.matchAll(/^socket:/gm)].length, 3);
  },
  "download-and-run": async (stage, run) => {
    const pid = pidOf(run, "shell");
    await eventually(async () => {
      const children = await stage.host.mustExec(`cat /proc/${pid}/task/${pid}/children`);
      assert.equal(children.trim().split(" ").length, 1, "the download is over, its script still runs");
    });
    assert.match(await stage.host.mustExec(`tr '\\0' ' ' < /proc/${pid}/cmdline`), /(curl|wget).* \| sh/);
  },
  "web-shell": async (stage, run) => {
    const pid = pidOf(run, "shell");
    const status = await stage.host.mustExec(`cat /proc/${pid}/status`);
    assert.match(status, new RegExp(`PPid:\\t${pidOf(run, "server")}\\n`));
    assert.match(status, /Uid:\t33\t/);
  },
};

for (const suite of ["bookworm", "bullseye", "trixie", "mini"] as const) {
  describe(`scenario in ${suite}`, function () {
    this.timeout(120_000);
    let host: LabHost;
    let stage: Stage;
    before(async function () {
      this.timeout(300_000);
      await skipWithoutLab(this);
      host = await LabHost.start({ suite });
      stage = await Stage.open(host, 90);
    });
    after(async () => await host?.stop());

    const shape = { suite, init: suite === "mini" ? "mini" : "systemd" } as const;
    for (const scenario of scenarios.filter((scenario) => scenario.fits(shape))) {
      it(`${scenario.id} starts the processes it says`, async () => {
        const run = await scenario.start(stage);
        assert.ok(run.processes.length > 0);
        for (const { role, pid } of run.processes) {
          const { code } = await host.exec(`kill -0 ${pid}`);
          assert.equal(code, 0, `${role} ${pid} runs`);
        }
        for (const path of run.paths) {
          // The hider covers its own files.
          if (scenario.id === "preload-hider") break;
          await eventually(async () => assert.equal((await host.exec(["ls", "-d", path])).code, 0, path));
        }
        await signs[scenario.id]?.(stage, run);
        if (scenario.kind === "innocent") await assertBusy(stage, run);
        await stage.stop(run);
        await host.exec("rm -f /etc/ld.so.preload");
      });
    }
  });
}

/** A load that does not load would prove nothing about false alarms. */
async function assertBusy(stage: Stage, run: ScenarioRun): Promise<void> {
  const pids = run.processes.map((process) => process.pid);
  const ticks = async (): Promise<number> => {
    // utime, stime and those of collected children, of every process in the groups that the scenario leads.
    const script = `cat /proc/[0-9]*/stat | sed 's/.*) //' | awk -v groups=" ${pids.join(" ")} " \
      'index(groups, " " $3 " ") { sum += $12 + $13 + $14 + $15 } END { print sum + 0 }'`;
    return Number(await stage.host.mustExec(script));
  };
  const before = await ticks();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const used = (await ticks()) - before;
  assert.ok(used >= 30, `used ${used} ticks in 1.5 s`);
}

async function exe(stage: Stage, pid: number): Promise<string> {
  return (await stage.host.mustExec(`readlink /proc/${pid}/exe`)).trimEnd();
}

function pidOf(run: ScenarioRun, role: string): number {
  const found = run.processes.find((process) => process.role === role);
  assert.ok(found, `a process with the role ${role}`);
  return found.pid;
}

async function eventually(check: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await check();
    } catch (error) {
      if (tries === 60) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
