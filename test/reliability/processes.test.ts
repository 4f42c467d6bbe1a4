import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readContainer } from "#helper/quarantine/container";
import { forgedKill, targetOf } from "./forgedPlan.ts";
import { childOf, sha256, withProcess } from "./processFacts.ts";
import { isRunning, readJson, ResponseLab, stateOf, until, whyNotRoot } from "./responseLab.ts";

describe("acting on difficult processes", function () {
  this.timeout(60_000);
  let lab: ResponseLab;

  before(function () {
    if (whyNotRoot() !== undefined) this.skip();
  });
  beforeEach(() => {
    lab = new ResponseLab("processes");
  });
  afterEach(() => lab.end());

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

  describe("C9 a program of a container's own system", () => {
    it("is not taken: the process ends, its interpreter stays", async function () {
      if (!existsSync("/lib64")) this.skip();
      const inside = lab.mkdir("jail");
      const program = lab.program();
      const script = [
        `mount -t tmpfs none ${inside}`,
        `mkdir -p ${inside}/usr/bin ${inside}/lib ${inside}/lib64 ${inside}/old`,
        `cp ${program} ${inside}/usr/bin/worker`,
        `mount --rbind /lib ${inside}/lib`,
        `mount --rbind /lib64 ${inside}/lib64`,
        `cd ${inside}`,
        `pivot_root . old`,
        `exec /usr/bin/worker 600`,
      ].join(" && ");
      const pid = await lab.start("/usr/bin/unshare", ["-m", "--propagation", "private", "/bin/sh", "-c", script]);
      await until(() => withProcess(pid, (live) => live.readLink("exe")) === "/usr/bin/worker");
      const responder = lab.responder();
      const plan = await responder.prepareIsolate([{ kind: "process", pid }], { watchSeconds: 0 });
      assert.deepEqual(
        plan.steps.map(({ kind }) => kind),
        ["freeze", "evidence", "kill"],
        JSON.stringify(plan.steps),
      );
      assert.match(plan.refused[0]?.reason ?? "", /own files of a container/, JSON.stringify(plan.steps));
      await responder.applyPlan(plan);
      assert.equal(isRunning(pid), false);
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
