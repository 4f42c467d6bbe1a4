import assert from "node:assert/strict";
import type { HiddenPid } from "#core/facts/facts";
import { parseMountinfo } from "#core/parsers/mountinfo";
import { procFiles, SnapshotHost, type SnapshotEntry, type SnapshotOptions } from "#test/snapshotHost";
import { defaultLimits } from "./collectOptions.ts";
import { collectProcesses } from "./processes.ts";
import { sweepPids } from "./pidSweep.ts";

const kernel = { "/proc/sys/kernel/pid_max": "400\n", "/proc/loadavg": "0.1 0.1 0.1 1/10 300\n" };

async function hiddenOn(
  entries: Record<string, SnapshotEntry>,
  options: SnapshotOptions = {},
  mountinfo = "",
): Promise<readonly HiddenPid[]> {
  const host = new SnapshotHost({ ...kernel, ...procFiles(1), ...entries }, options);
  const common = { euid: 0, limits: defaultLimits, mounts: parseMountinfo(mountinfo).value };
  const processes = await collectProcesses(host, { ...common, userNames: new Map() });
  assert.ok(processes.kind === "seen");
  const sweep = await sweepPids(host, processes.value, common);
  assert.ok(sweep.kind === "seen", JSON.stringify(sweep));
  return sweep.value.hidden;
}

describe("pid sweep", () => {
  it("finds a process that listing /proc leaves out", async () => {
    const miner = { ...procFiles(77, { comm: "miner", exe: "/opt/miner" }), "/opt/miner": "elf" };
    const hidden = await hiddenOn(miner, {
      unlisted: { "/proc": ["77"] },
    });
    assert.deepEqual(hidden, [
      {
        pid: 77,
        startTime: 177,
        comm: "miner",
        exePath: "/opt/miner",
        shownBy: ["kill(pid, 0)", "reading /proc/PID"],
        hiddenFrom: ["listing /proc"],
      },
    ]);
  });

  it("finds a process that only answers to signals", async () => {
    const [hidden] = await hiddenOn({}, { alsoAlive: [77] });
    assert.deepEqual([hidden?.pid, hidden?.startTime, hidden?.shownBy], [77, 0, ["kill(pid, 0)"]]);
  });

  it("finds a process in a control group beyond the numbers that are asked for", async () => {
    const mount = "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
    const groups = { "/sys/fs/cgroup/cgroup.procs": "1\n", "/sys/fs/cgroup/memory.x/cgroup.procs": "0\n39999\n" };
    const [hidden] = await hiddenOn(groups, { alsoAlive: [39_999] }, mount);
    assert.deepEqual([hidden?.pid, hidden?.shownBy], [39_999, ["kill(pid, 0)", "cgroup.procs"]]);
  });

  it("takes no thread for a process", async () => {
    assert.deepEqual(await hiddenOn(procFiles(78, { tgid: 1 }), { unlisted: { "/proc": ["78"] } }), []);
    assert.deepEqual(await hiddenOn({ "/proc/1/task/78/stat": "x" }, { alsoAlive: [78] }), []);
  });

  it("takes no process for hidden that starts, ends or is replaced while it asks again", async () => {
    const unlisted: Record<string, string[]> = { "/proc": ["77"] };
    const changes: readonly ((host: SnapshotHost) => void)[] = [
      (host) => host.remove("/proc/77"),
      () => unlisted["/proc"]?.splice(0),
      (host) => host.set("/proc/77/stat", procFiles(77, { startTime: 9999 })["/proc/77/stat"] ?? ""),
    ];
    for (const change of changes) {
      for (const when of [1, 2, 3]) {
        unlisted["/proc"] = ["77"];
        const onWait = (host: SnapshotHost, round: number): void => {
          if (round === when) change(host);
        };
        assert.deepEqual(await hiddenOn(procFiles(77), { unlisted, onWait }), []);
      }
    }
  });

  it("asks again at least three times over at least 200 ms", async () => {
    let rounds = 0;
    const onWait = (): void => void (rounds += 1);
    await hiddenOn({}, { alsoAlive: [77], onWait });
    assert.ok(rounds >= 3 && rounds * 80 >= 200);
  });

  it("asks for every number up to pid_max once they have come round", async () => {
    const round = {
      "/proc/loadavg": "0.1 0.1 0.1 1/10 20\n",
      "/proc/sys/kernel/pid_max": "9000\n",
      ...procFiles(5000),
    };
    const hidden = await hiddenOn(round, { alsoAlive: [8000] });
    assert.deepEqual(
      hidden.map(({ pid }) => pid),
      [8000],
    );
  });

  it("C11 is unseen, and accuses nobody, where hidepid keeps other users' processes from the reader", async () => {
    const mounts = parseMountinfo("22 27 0:21 / /proc rw - proc proc rw,hidepid=invisible\n").value;
    const host = new SnapshotHost({ ...kernel, ...procFiles(1) }, { alsoAlive: [77] });
    const asUser = await sweepPids(host, [], { euid: 1000, limits: defaultLimits, mounts });
    assert.match(asUser.kind === "unseen" ? asUser.reason : "", /hidepid=invisible, needs root/);
    const asRoot = await sweepPids(host, [], { euid: 0, limits: defaultLimits, mounts });
    assert.ok(asRoot.kind === "seen" && asRoot.value.hidden.some(({ pid }) => pid === 77));
  });

  it("takes no process for hidden whose status it has no right to read", async () => {
    assert.deepEqual(await hiddenOn({ "/proc/77/stat": { failure: "EACCES" } }, { unlisted: { "/proc": ["77"] } }), []);
  });

  it("is unseen where /proc cannot be listed", async () => {
    const sweep = await sweepPids(new SnapshotHost({}), [], { euid: 0, limits: defaultLimits, mounts: [] });
    assert.equal(sweep.kind, "unseen");
  });
});
