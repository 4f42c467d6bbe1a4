import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProcessTarget } from "#core/plans/plan";
import { readContainer } from "#helper/quarantine/container";
import { LiveProcess } from "#helper/execute/liveProcess";
import { judgeProcess } from "#helper/policy/neverTouch";
import { readOwnSession, socketInodesOf } from "#helper/policy/ownSession";
import { forgedKill, targetOf } from "./forgedPlan.ts";
import { rounds, timeFor } from "./rounds.ts";
import { fakeOwner, isRunning, readJson, ResponseLab, stateOf, until, whyNotRoot } from "./responseLab.ts";

describe("acting on processes", function () {
  this.timeout(60_000);
  let lab: ResponseLab;

  before(function () {
    if (whyNotRoot() !== undefined) this.skip();
  });
  beforeEach(() => {
    lab = new ResponseLab("processes");
  });
  afterEach(() => lab.end());

  describe("C1 a pid that was recycled between plan and execution", () => {
    const runs = rounds(100, 1000);
    it(`is never touched, in ${runs} runs with a pid space of 60 and as many races`, function () {
      this.timeout(timeFor(runs, 600));
      const reason = whyNoPidNamespace();
      if (reason !== undefined) this.skip();
      const script = `"$0" --import tsx test/reliability/pidReuse.ts "$1" "$2"; exit $?`;
      const argv = [
        "-p",
        "-f",
        "-m",
        "--mount-proc",
        "/bin/sh",
        "-c",
        script,
        process.execPath,
        String(runs),
        lab.folder,
      ];
      const run = spawnSync("unshare", argv, { encoding: "utf8", timeout: timeFor(runs, 600) });
      assert.equal(run.status, 0, `${run.stdout}\n${run.stderr}`);
      const result: unknown = JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "");
      assert.deepEqual(result, { runs, reused: runs, drifted: runs, raced: runs, harmed: 0 });
    });
  });

  describe("C3 a forged plan", () => {
    async function applyKill(target: ProcessTarget): Promise<{ readonly state: string; readonly detail: string }> {
      const [step] = (await lab.responder().applyPlan(forgedKill(target))).steps;
      assert.ok(step);
      return step;
    }

    it("is refused for process 1, the helper, its ancestors and kernel threads", async () => {
      const kernelThread = readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
        .find(isKernelThread);
      for (const pid of [1, process.pid, process.ppid, ...(kernelThread === undefined ? [] : [kernelThread])]) {
        const step = await applyKill(targetOf(pid));
        assert.equal(step.state, "refused", `${pid}: ${step.detail}`);
        assert.ok(isRunning(pid));
      }
    });

    it("is refused for packaged daemons, by owner and digest and not by name", async () => {
      for (const name of ["dbus-daemon", "containerd", "systemd-journald", "auditd", "dockerd"]) {
        const pid = await lab.start(lab.program(name));
        const packaged = { ownerOf: () => ({ manager: "dpkg", package: "stub", digest: "intact" }) as const };
        const [step] = (await lab.responder({ ownership: packaged }).applyPlan(forgedKill(targetOf(pid)))).steps;
        assert.equal(step?.state, "refused", name);
        assert.equal(stateOf(pid), "S");
        const modified = { ownerOf: () => ({ manager: "dpkg", package: "stub", digest: "modified" }) as const };
        const [foreign] = (await lab.responder({ ownership: modified }).applyPlan(forgedKill(targetOf(pid)))).steps;
        assert.equal(foreign?.state, "done", `a modified ${name} is no protected program: ${foreign?.detail}`);
        assert.equal(isRunning(pid), false);
      }
    });

    it("is refused for a packaged database without the typed override, and obeyed with it", async () => {
      const pid = await lab.start(lab.program("postgres"));
      const ownership = { ownerOf: () => ({ manager: "dpkg", package: "stub", digest: "intact" }) as const };
      const responder = lab.responder({ ownership });
      assert.equal((await responder.applyPlan(forgedKill(targetOf(pid)))).steps[0]?.state, "refused");
      assert.equal(stateOf(pid), "S");
      const plan = forgedKill(targetOf(pid), { override: "importantService" });
      assert.equal((await responder.applyPlan(plan)).steps[0]?.state, "done");
    });

    it("is refused without the typed override for a daemon whose program an upgrade has replaced", async () => {
      const program = lab.program("containerd");
      const pid = await lab.start(program);
      rmSync(program);
      writeFileSync(program, "the new version");
      const ownership = { ownerOf: () => ({ manager: "dpkg", package: "stub", digest: "intact" }) as const };
      const responder = lab.responder({ ownership });
      const [step] = (await responder.applyPlan(forgedKill(targetOf(pid)))).steps;
      assert.equal(step?.state, "refused");
      assert.match(step.detail, /before an upgrade/);
      const plan = forgedKill(targetOf(pid), { override: "importantService" });
      assert.equal((await responder.applyPlan(plan)).steps[0]?.state, "done");
    });

    it("is refused for a process that holds this session's connection, or listens for it", async () => {
      copyFileSync("/usr/bin/perl", lab.path("sshd"));
      const program = `use IO::Socket::INET; $l = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die; sleep 600`;
      const pid = await lab.start(lab.path("sshd"), ["-e", program]);
      await until(() => withProcess(pid, socketInodesOf).length > 0);
      const sockets = withProcess(pid, socketInodesOf);
      const session = { ...readOwnSession(), socketInodes: new Set(sockets) };
      const context = { session, ownership: { ownerOf: fakeOwner }, stateDir: lab.stateDir };
      assert.equal(withProcess(pid, (live) => judgeProcess(live, context)).kind, "never");
      const other = { ...context, session: { ...session, socketInodes: new Set<string>() } };
      assert.equal(withProcess(pid, (live) => judgeProcess(live, other)).kind, "allowed", "a foreign sshd is no sshd");
      const packaged = {
        ...other,
        session: readOwnSession(),
        ownership: { ownerOf: () => ({ manager: "dpkg", package: "openssh-server", digest: "intact" }) as const },
      };
      assert.equal(
        withProcess(pid, (live) => judgeProcess(live, packaged)).kind,
        "never",
        "a packaged listener is protected",
      );
    });

    it("leaves a protected member of the tree alone and names it", async () => {
      const parent = lab.path("parent");
      copyFileSync("/usr/bin/dash", parent);
      const guarded = lab.program("auditd");
      const pid = await lab.start(parent, ["-c", `${guarded} 600 & echo $! > ${lab.path("child")}; wait`]);
      await until(() => existsSync(lab.path("child")));
      const child = Number(readFileSync(lab.path("child"), "utf8"));
      lab.remember(child);
      const ownership = {
        ownerOf: (path: string) =>
          path === guarded ? ({ manager: "dpkg", package: "stub", digest: "intact" } as const) : fakeOwner(path),
      };
      const responder = lab.responder({ ownership });
      const result = await responder.applyPlan(
        await responder.prepareIsolate([{ kind: "process", pid }], { watchSeconds: 0 }),
      );
      assert.equal(isRunning(pid), false);
      assert.equal(stateOf(child), "S");
      assert.match(result.refused.map(({ reason }) => reason).join(), /security agent/);
    });
  });

  describe("C4 programs that start each other again", () => {
    const watchdog = (peers: number): string => `#!/bin/sh
# Keeps ${peers} instances alive: each starts the missing ones every 50 ms, detached, as a new copy with a new name.
dir=$1
me=$dir/$$.pid
: > "$me"
while :; do
  alive=0
  for f in "$dir"/*.pid; do
    p=\${f##*/}; p=\${p%.pid}
    if kill -0 "$p" 2>/dev/null; then alive=$((alive+1)); else rm -f "$f"; fi
  done
  if [ "$alive" -lt ${peers} ]; then
    n=$dir/run-$$-$(date +%N)
    cp "$dir/shell" "$n"
    ( "$n" "$dir/wd.sh" "$dir" </dev/null >/dev/null 2>&1 & )
  fi
  sleep 0.05
done
`;

    for (const [peers, shell] of [
      [2, "foreign"],
      [3, "foreign"],
      [3, "packaged"],
    ] as const) {
      it(`${peers} of them with a ${shell} shell are all gone, and stay gone`, async () => {
        const folder = lab.mkdir("pack");
        const script = watchdog(peers);
        copyFileSync("/usr/bin/dash", join(folder, "shell"));
        writeFileSync(
          join(folder, "wd.sh"),
          shell === "foreign"
            ? script
            : script.replace(/^.*cp "\$dir.*$/m, "").replace(`"$n" "$dir/wd.sh"`, `/bin/sh "$dir/wd.sh"`),
        );
        // The same shell, user, session and cgroup, and yet none of them.
        const bystander = await lab.start("/bin/sh", ["-c", "sleep 600; true"]);
        const first = await lab.start(shell === "foreign" ? join(folder, "shell") : "/bin/sh", [
          join(folder, "wd.sh"),
          folder,
        ]);
        await until(() => alivePids(folder).length >= peers);
        for (const pid of alivePids(folder)) lab.remember(pid);
        const responder = lab.responder();
        const plan = await responder.prepareIsolate([{ kind: "process", pid: first }], { watchSeconds: 2 });
        const result = await responder.applyPlan(plan);
        for (const pid of alivePids(folder)) lab.remember(pid);
        assert.deepEqual(alivePids(folder), [], JSON.stringify(result.steps));
        assert.deepEqual(result.respawned, []);
        assert.equal(stateOf(bystander), "S");
        assert.deepEqual(
          result.steps.filter(({ state }) => state !== "done"),
          [],
        );
      });
    }

    it("a runtime that a container has from no package is not taken for one program", async () => {
      copyFileSync("/usr/bin/perl", lab.path("node"));
      writeFileSync(lab.path("server.js"), "sleep 600; # the server");
      writeFileSync(lab.path("miner.js"), "sleep 600; # the miner");
      const server = await lab.start(lab.path("node"), [lab.path("server.js")]);
      const miner = await lab.start(lab.path("node"), [lab.path("miner.js")]);
      const twin = await lab.start(lab.path("node"), [lab.path("miner.js")]);
      const responder = lab.responder();
      const plan = await responder.prepareContain([{ kind: "process", pid: miner }]);
      assert.match(plan.steps[0]?.effect ?? "", new RegExp(`1 others that belong to it \\(${twin}\\)`));
      await responder.applyPlan(plan);
      assert.deepEqual([server, miner, twin].map(stateOf), ["S", "T", "T"]);
    });

    it("a respawner that does not belong to the tree is reported with its parent, not fought", async () => {
      const program = lab.program("coin");
      copyFileSync(program, lab.path("coin.copy"));
      const respawner = lab.path("respawner");
      copyFileSync("/usr/bin/dash", respawner);
      const parent = await lab.start(respawner, [
        "-c",
        `while :; do cp ${program}.copy ${program} 2>/dev/null; ${program} 600; sleep 0.2; done`,
      ]);
      await until(() => childOf(parent, program) !== undefined);
      const pid = childOf(parent, program);
      assert.ok(pid !== undefined);
      const responder = lab.responder();
      const result = await responder.applyPlan(
        await responder.prepareIsolate([{ kind: "process", pid }], { watchSeconds: 2 }),
      );
      const [respawn] = result.respawned;
      if (respawn !== undefined) lab.remember(respawn.pid);
      assert.equal(result.respawned.length, 1);
      assert.match(respawn?.parent ?? "", new RegExp(`^process ${parent} \\(${respawner}\\)`));
    });
  });

  describe("C7 an executable without a name", () => {
    async function isolateAndReadSample(pid: number): Promise<{ readonly sha256: string }> {
      const responder = lab.responder();
      const plan = await responder.prepareIsolate([{ kind: "process", pid }], { watchSeconds: 0 });
      assert.equal(
        plan.steps.some(({ kind }) => kind === "quarantine"),
        false,
        JSON.stringify(plan.steps.map(({ target }) => target)),
      );
      const result = await responder.applyPlan(plan);
      assert.deepEqual(
        result.steps.map(({ state }) => state),
        ["done", "done", "done"],
        JSON.stringify(result.steps),
      );
      assert.equal(isRunning(pid), false);
      const folder = lab.path("state", "evidence", plan.id);
      const sample = readdirSync(folder).find((name) => name.endsWith(".sample"));
      assert.ok(sample);
      const content = await readContainer(Buffer.from(join(folder, sample)));
      assert.equal(`${content.sha256}.sample`, sample);
      return content;
    }

    it("that was deleted is captured through /proc/PID/exe", async () => {
      const program = lab.program();
      const expected = sha256(readFileSync(program));
      const pid = await lab.start(program);
      rmSync(program);
      assert.equal((await isolateAndReadSample(pid)).sha256, expected);
    });

    it("in anonymous memory is captured as well", async function () {
      if (!existsSync("/usr/bin/perl")) this.skip();
      const program = lab.program();
      const expected = sha256(readFileSync(program));
      // memfd_create: 319 on x86-64, 279 on arm64.
      const call = process.arch === "arm64" ? 279 : 319;
      const script = `my $fd = syscall(${call}, my $name = "anon", 0); open(my $out, ">&=", $fd); binmode $out; open(my $in, "<", "${program}"); binmode $in; local $/; my $data = <$in>; print {$out} $data; $out->flush; exec {"/proc/self/fd/$fd"} "kworker", "600";`;
      const pid = await lab.start("/usr/bin/perl", ["-MIO::Handle", "-e", script]);
      await until(() => withProcess(pid, (live) => live.readLink("exe"))?.startsWith("/memfd:") === true);
      assert.equal((await isolateAndReadSample(pid)).sha256, expected);
    });

    it("on a file system that was unmounted lazily is captured as well", async () => {
      const folder = lab.mkdir("tmpfs");
      assert.equal(spawnSync("mount", ["-t", "tmpfs", "none", folder]).status, 0);
      let isMounted = true;
      try {
        copyFileSync(lab.program(), join(folder, "miner"));
        const expected = sha256(readFileSync(join(folder, "miner")));
        const pid = await lab.start(join(folder, "miner"));
        assert.equal(spawnSync("umount", ["-l", folder]).status, 0);
        isMounted = false;
        assert.equal((await isolateAndReadSample(pid)).sha256, expected);
      } finally {
        if (isMounted) spawnSync("umount", ["-l", folder]);
      }
    });
  });

  describe("C8 a decoy at the path of the executable", () => {
    it("is left alone: what counts is the inode that runs", async () => {
      const program = lab.program();
      const pid = await lab.start(program);
      rmSync(program);
      writeFileSync(program, "precious");
      const responder = lab.responder();
      const plan = await responder.prepareIsolate([{ kind: "process", pid }], { watchSeconds: 0 });
      assert.equal(
        plan.steps.some(({ kind }) => kind === "quarantine"),
        false,
      );
      await responder.applyPlan(plan);
      assert.equal(readFileSync(program, "utf8"), "precious");
      assert.equal(isRunning(pid), false);
    });

    it("named `x (deleted)` for real is taken, and the file beside it is not", async () => {
      const program = lab.program("x (deleted)");
      writeFileSync(lab.path("x"), "precious");
      const pid = await lab.start(program);
      const responder = lab.responder();
      await responder.applyPlan(await responder.prepareIsolate([{ kind: "process", pid }], { watchSeconds: 0 }));
      assert.equal(existsSync(program), false);
      assert.equal(readFileSync(lab.path("x"), "utf8"), "precious");
      assert.equal(isRunning(pid), false);
    });

    it("that takes the place between plan and execution is left alone", async () => {
      const program = lab.program();
      const pid = await lab.start(program);
      const responder = lab.responder();
      const plan = await responder.prepareIsolate([{ kind: "process", pid }], { watchSeconds: 0 });
      renameSync(program, `${program}.moved`);
      writeFileSync(program, "precious");
      const result = await responder.applyPlan(plan);
      assert.equal(result.steps.find(({ kind }) => kind === "quarantine")?.state, "drifted");
      assert.equal(
        result.steps.find(({ kind }) => kind === "kill")?.state,
        "done",
        "the process itself is still the planned one",
      );
      assert.equal(readFileSync(program, "utf8"), "precious");
    });
  });

  describe("C9 a process in other pid, mount and user namespaces", () => {
    it("has its own file taken, and the host's file of the same path stays", async () => {
      const inside = lab.mkdir("jail");
      const name = lab.path("jail", "xmrig");
      writeFileSync(name, "precious host file");
      const program = lab.program();
      const pidFile = lab.path("pid");
      // The inner tmpfs hides the host's folder; --propagation private keeps it inside.
      const script = `mount -t tmpfs none ${inside} && cp ${program} ${name} && exec ${name} 600`;
      const outer = spawn(
        "unshare",
        ["-U", "-r", "-m", "-p", "-f", "--propagation", "private", "/bin/sh", "-c", script],
        { stdio: "ignore", detached: true },
      );
      assert.ok(outer.pid !== undefined);
      lab.remember(outer.pid);
      const outerPid = outer.pid;
      await until(() => childOf(outerPid, name) !== undefined);
      const pid = childOf(outerPid, name);
      assert.ok(pid !== undefined);
      lab.remember(pid);
      const responder = lab.responder();
      const plan = await responder.prepareIsolate([{ kind: "process", pid }], { watchSeconds: 0 });
      const step = plan.steps.find(({ kind }) => kind === "quarantine");
      assert.ok(step?.kind === "quarantine" && step.target.through?.pid === pid, JSON.stringify(plan.refused));
      assert.match(step.effect, /container/);
      const result = await responder.applyPlan(plan);
      assert.deepEqual(
        result.steps.map(({ state }) => state),
        ["done", "done", "done", "done"],
        JSON.stringify(result.steps),
      );
      assert.equal(readFileSync(name, "utf8"), "precious host file");
      assert.equal(responder.listIsolated().files[0]?.sha256, sha256(readFileSync(program)));
      assert.equal(isRunning(pid), false);
      assert.equal(existsSync(pidFile), false);
    });
  });

  describe("C10 a process that does not die at once", () => {
    it("a zombie counts as ended, and nothing waits for it", async () => {
      const parent = lab.path("parent");
      copyFileSync("/usr/bin/perl", parent);
      const pidFile = lab.path("zombie");
      await lab.start(parent, [
        "-e",
        `my $p = fork(); if (!$p) { exit 0 } open(F, ">", "${pidFile}"); print F $p; close F; sleep 600`,
      ]);
      await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "");
      const pid = Number(readFileSync(pidFile, "utf8"));
      await until(() => stateOf(pid) === "Z");
      const began = performance.now();
      const [step] = (await lab.responder().applyPlan(forgedKill(targetOf(pid)))).steps;
      assert.equal(step?.state, "drifted");
      assert.match(step.detail, /ended \(state Z\)/);
      assert.ok(performance.now() - began < 2000);
    });

    it("one that waits in the kernel where a signal does not stop it is killed all the same", async function () {
      if (process.arch !== "x64") this.skip();
      // vfork: the parent sleeps in state D, killable, until its child is gone.
      const parent = lab.path("waiter");
      copyFileSync("/usr/bin/perl", parent);
      const pid = await lab.start(parent, ["-e", `syscall(58) or sleep 600`]);
      await until(() => stateOf(pid) === "D");
      const child = childOf(pid, parent);
      if (child !== undefined) lab.remember(child);
      const [step] = (await lab.responder().applyPlan(forgedKill(targetOf(pid), { includeTree: false }))).steps;
      assert.equal(step?.state, "done", step?.detail);
      assert.equal(isRunning(pid), false);
    });

    it("one whose parent does not collect it is reported dead", async () => {
      const parent = lab.path("parent");
      copyFileSync("/usr/bin/perl", parent);
      const program = lab.program();
      const pidFile = lab.path("child");
      const script = `my $p = fork(); if (!$p) { exec "${program}", "600" } open(F, ">", "${pidFile}"); print F $p; close F; sleep 600`;
      await lab.start(parent, ["-e", script]);
      await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "");
      const pid = Number(readFileSync(pidFile, "utf8"));
      lab.remember(pid);
      await until(() => withProcess(pid, (live) => live.readLink("exe")) === program);
      const [step] = (await lab.responder().applyPlan(forgedKill(targetOf(pid), { includeTree: false }))).steps;
      assert.equal(step?.state, "done");
      assert.match(step.detail, /zombie/);
    });

    it("one stopped under a tracer that keeps its exit is reported as held, within the limit", async function () {
      if (!existsSync("/usr/bin/perl")) this.skip();
      const pidFile = lab.path("traced");
      const program = lab.program();
      // PTRACE_SEIZE with PTRACE_O_TRACEEXIT: the tracer is told at the exit and never answers.
      const call = process.arch === "arm64" ? 117 : 101;
      const script = `my $p = fork(); if (!$p) { exec "${program}", "600" } select undef, undef, undef, 0.2; my $r = syscall(${call}, 0x4206, $p, 0, 0x40); open(F, ">", "${pidFile}"); print F "$p $r"; close F; sleep 600`;
      const tracer = lab.path("tracer");
      copyFileSync("/usr/bin/perl", tracer);
      await lab.start(tracer, ["-e", script]);
      await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "");
      const [pid = 0, seized] = readFileSync(pidFile, "utf8").split(" ").map(Number);
      lab.remember(pid);
      if (seized !== 0) this.skip();
      const began = performance.now();
      const [step] = (await lab.responder().applyPlan(forgedKill(targetOf(pid), { includeTree: false }))).steps;
      assert.equal(step?.state, "failed", step?.detail);
      assert.match(step.detail, /held by its tracer/);
      assert.ok(performance.now() - began < 9000);
    });
  });

  it("evidence masks secrets of the environment and says what it kept", async () => {
    const program = lab.program();
    const child = spawn(program, ["600"], {
      stdio: "ignore",
      detached: true,
      env: { DB_PASSWORD: "hunter2", POOL: "stratum+tcp://wallet:x@pool:3333", LANG: "C" },
    });
    assert.ok(child.pid !== undefined);
    lab.remember(child.pid);
    const responder = lab.responder();
    const plan = await responder.prepareIsolate([{ kind: "process", pid: child.pid }], { watchSeconds: 0 });
    await responder.applyPlan(plan);
    const [folder] = readdirSync(lab.path("state", "evidence", plan.id)).filter((name) =>
      name.startsWith(`${child.pid}-`),
    );
    const text = JSON.stringify(readJson(lab.path("state", "evidence", plan.id, folder ?? "", "manifest.json")));
    assert.equal(text.includes("hunter2"), false);
    assert.match(text, /DB_PASSWORD=<7 bytes>/);
    assert.match(text, /POOL=stratum\+tcp:\/\/<masked>@pool:3333/);
    assert.match(text, /LANG=C/);
  });
});

function withProcess<T>(pid: number, read: (live: LiveProcess) => T): T {
  const live = LiveProcess.open(pid);
  assert.ok(live, `process ${pid} is there`);
  try {
    return read(live);
  } finally {
    live.close();
  }
}

function isKernelThread(pid: number): boolean {
  const live = LiveProcess.open(pid);
  const answer = live?.stat()?.isKernelThread === true;
  live?.close();
  return answer;
}

function childOf(parent: number, exe: string): number | undefined {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const live = LiveProcess.open(Number(name));
    const isChild = live?.stat()?.ppid === parent && live.readLink("exe") === exe;
    live?.close();
    if (isChild) return Number(name);
  }
  return undefined;
}

function alivePids(folder: string): readonly number[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".pid"))
    .map((name) => Number(name.slice(0, -4)))
    .filter(isRunning);
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** pid_max is per namespace from Linux 6.14 on; before, writing it would change the whole machine. */
function whyNoPidNamespace(): string | undefined {
  const [major = 0, minor = 0] = readFileSync("/proc/sys/kernel/osrelease", "utf8").split(".").map(Number);
  if (major < 6 || (major === 6 && minor < 14)) return "pid_max is not per namespace before Linux 6.14";
  return spawnSync("unshare", ["-p", "-f", "-m", "--mount-proc", "true"]).status === 0
    ? undefined
    : "no pid namespaces";
}
