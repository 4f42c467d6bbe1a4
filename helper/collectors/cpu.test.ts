import assert from "node:assert/strict";
import type { CpuWindow } from "#core/facts/facts";
import { procFiles, SnapshotHost, type SnapshotEntry } from "#test/snapshotHost";
import { cpuBetween, sampleCpu } from "./cpu.ts";

const context = { clockTicksPerSecond: 100, euid: 0, cores: 2 };

describe("CPU window", () => {
  const threads = (pid: number, runNs: readonly number[]): Record<string, SnapshotEntry> =>
    Object.fromEntries(runNs.map((run, index) => [`/proc/${pid}/task/${pid + index}/schedstat`, `${run} 5 1\n`]));
  const machine = (entries: Record<string, SnapshotEntry>): SnapshotHost =>
    new SnapshotHost({
      "/proc/self/schedstat": "1 1 1\n",
      "/proc/stat": "cpu 100 0 0 100 0 0 0 0 0 0\ncpu0 1 1\ncpu1 1 1\n",
      ...entries,
    });
  const measure = (
    host: SnapshotHost,
    change: (host: SnapshotHost) => void,
  ): { value: CpuWindow; gaps: readonly string[] } => {
    const before = sampleCpu(host);
    void host.wait(1000);
    change(host);
    const window = cpuBetween(before, sampleCpu(host), context);
    assert.ok(window.kind === "seen");
    return window;
  };
  const setAll = (host: SnapshotHost, entries: Record<string, SnapshotEntry>): void => {
    for (const [path, entry] of Object.entries(entries)) host.set(path, entry);
  };

  it("sums over threads, because the file of the process is that of its first thread only", () => {
    const host = machine({ ...procFiles(7, { threads: 3 }), ...threads(7, [10e6, 0, 0]) });
    const { value } = measure(host, () => setAll(host, threads(7, [11e6, 300e6, 200e6])));
    assert.deepEqual(value.byProcess.get("7@107"), { runNs: 501e6, threadRunNs: [300e6, 200e6, 1e6] });
    assert.equal(value.elapsedNs, 1e9);
  });

  it("counts threads that began and ended inside the window by the clock ticks of the process", () => {
    const host = machine({ ...procFiles(7, { threads: 2, ticks: 10 }), ...threads(7, [1e6, 1e6]) });
    const { value } = measure(host, () => setAll(host, procFiles(7, { threads: 2, ticks: 90 })));
    assert.equal(value.byProcess.get("7@107")?.runNs, 800e6);
  });

  it("takes everything from a process that is new", () => {
    const host = machine(procFiles(7));
    const { value } = measure(host, () => setAll(host, procFiles(8, { ticks: 40 })));
    assert.equal(value.byProcess.get("8@108")?.runNs, 400e6);
  });

  it("does not carry time over to another process with a reused number", () => {
    const host = machine(procFiles(7, { ticks: 5000 }));
    const { value } = measure(host, () => setAll(host, procFiles(7, { startTime: 900, ticks: 3 })));
    assert.deepEqual([...value.byProcess.keys()], ["7@900"]);
    assert.equal(value.byProcess.get("7@900")?.runNs, 30e6);
  });

  it("falls back to clock ticks without scheduler statistics, and says so", () => {
    const host = machine(procFiles(7, { threads: 4, ticks: 10 }));
    host.remove("/proc/self/schedstat");
    const { value, gaps } = measure(host, () => setAll(host, procFiles(7, { threads: 4, ticks: 60 })));
    assert.deepEqual(value.byProcess.get("7@107"), { runNs: 500e6, threadRunNs: [500e6] });
    assert.match(gaps.join(), /clock ticks/);
  });

  it("has the busy share of all cores, without time spent waiting or stolen", () => {
    const host = machine(procFiles(7));
    const { value } = measure(host, () => host.set("/proc/stat", "cpu 160 0 0 120 10 0 0 10 0 0\ncpu0 1\ncpu1 1\n"));
    assert.equal(value.busyShare, 0.6);
    assert.equal(value.cores, 2);
  });

  it("is unseen where /proc cannot be listed", () => {
    assert.equal(cpuBetween(sampleCpu(new SnapshotHost({})), undefined, context).kind, "unseen");
  });
});
