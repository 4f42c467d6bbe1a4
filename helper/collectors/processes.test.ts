import assert from "node:assert/strict";
import type { ProcessFact } from "#core/facts/process";
import { procFiles, SnapshotHost, type SnapshotEntry, type SnapshotOptions } from "#test/snapshotHost";
import { defaultLimits } from "./collectOptions.ts";
import { collectProcesses } from "./processes.ts";

async function collect(
  entries: Record<string, SnapshotEntry>,
  options: SnapshotOptions & { readonly limits?: Partial<typeof defaultLimits> } = {},
): Promise<{ readonly processes: readonly ProcessFact[]; readonly gaps: readonly string[] }> {
  const host = new SnapshotHost({ "/usr/sbin/daemon": "elf", ...entries }, options);
  const answer = await collectProcesses(host, {
    euid: options.euid ?? 0,
    limits: { ...defaultLimits, ...options.limits },
    userNames: new Map([[0, "root"]]),
    mounts: [],
  });
  assert.ok(answer.kind === "seen");
  return { processes: answer.value, gaps: answer.gaps };
}

describe("processes", () => {
  it("have identity, owner, arguments, control group and namespaces", async () => {
    const { processes, gaps } = await collect(procFiles(7, { argv: ["daemon", "", "-x"] }));
    assert.deepEqual(gaps, []);
    const [process] = processes;
    assert.deepEqual(
      [process?.pid, process?.startTime, process?.user, process?.argv, process?.cgroup, process?.namespaces.mnt],
      [7, 107, "root", ["daemon", "", "-x"], "/system.slice/daemon.service", "1"],
    );
    assert.deepEqual(
      [process?.exe?.path, process?.exe?.isReplaced, process?.standardStreams],
      ["/usr/sbin/daemon", false, ["/dev/null", undefined, undefined]],
    );
  });

  it("that are the kernel's own are known by its flag and not read further", async () => {
    const { processes } = await collect(procFiles(9, { comm: "kthreadd", flags: 0x20_8040 }));
    assert.deepEqual([processes[0]?.isKernelThread, processes[0]?.exe, processes[0]?.unread], [true, undefined, []]);
  });

  it("hold sockets and files, and devices do not count as files", async () => {
    const { processes } = await collect({
      ...procFiles(7),
      "/proc/7/fd/3": { link: "socket:[4711]" },
      "/proc/7/fd/4": { link: "/dev/shm/.x" },
      "/proc/7/fd/5": { link: "/dev/urandom" },
      "/proc/7/fd/6": { link: "/srv/data (deleted)" },
    });
    assert.deepEqual(processes[0]?.socketInodes, ["4711"]);
    assert.deepEqual(processes[0]?.openFiles, ["/dev/shm/.x", "/srv/data (deleted)"]);
  });

  it("that end while they are read are no gap", async () => {
    const { processes, gaps } = await collect({ ...procFiles(7), "/proc/8/stat": { failure: "ESRCH" } });
    assert.deepEqual([processes.length, gaps], [1, []]);
  });

  it("of others are counted in one sentence per kind", async () => {
    const others = [7, 8, 9].flatMap((pid) =>
      Object.entries({
        ...procFiles(pid),
        [`/proc/${pid}/environ`]: { failure: "EACCES" },
        [`/proc/${pid}/exe`]: { failure: "EACCES" },
      }),
    );
    const { processes, gaps } = await collect(Object.fromEntries(others), { euid: 1000 });
    assert.deepEqual(processes[0]?.unread, ["environ: EACCES", "exe: EACCES"]);
    assert.deepEqual(gaps, [
      "environment of a process (3): EACCES, needs root",
      "executable of a process (3): EACCES, needs root",
    ]);
  });

  it("keep within the memory that all texts together may take, and say so", async () => {
    const big = { ...procFiles(7), "/proc/7/environ": "x".repeat(500) };
    const { processes, gaps } = await collect({ ...big, ...procFiles(8) }, { limits: { totalTextBytes: 400 } });
    assert.deepEqual([processes[0]?.environ?.length, processes[1]?.environ], [500, undefined]);
    assert.match(gaps.join(), /memory limit/);
  });

  it("are unseen where nothing like /proc is mounted", async () => {
    const answer = await collectProcesses(new SnapshotHost({ "/proc/readme": "" }), {
      euid: 0,
      limits: defaultLimits,
      userNames: new Map(),
      mounts: [],
    });
    assert.equal(answer.kind, "unseen");
  });
});
