import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { ProcessTarget } from "#core/plans/plan";
import { LiveProcess } from "#helper/execute/liveProcess";
import { judgeProcess } from "#helper/policy/neverTouch";
import { readOwnSession, socketInodesOf } from "#helper/policy/ownSession";
import { forgedKill, targetOf } from "./forgedPlan.ts";
import { withProcess } from "./processFacts.ts";
import { fakeOwner, isRunning, ResponseLab, stateOf, until, whyNotRoot } from "./responseLab.ts";

describe("a plan that nobody should have made", function () {
  this.timeout(60_000);
  let lab: ResponseLab;

  before(function () {
    if (whyNotRoot() !== undefined) this.skip();
  });
  beforeEach(() => {
    lab = new ResponseLab("forged");
  });
  afterEach(() => lab.end());

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
      // Between fork and exec it is still the parent's program.
      await until(() => withProcess(child, (live) => live.readLink("exe")) === guarded);
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

  describe("C14 a target in the process group of this very session", () => {
    it("is frozen alone: signals go to processes and never to groups", async () => {
      const child = spawn(lab.program(), ["600"], { stdio: "ignore" });
      assert.ok(child.pid !== undefined);
      lab.remember(child.pid);
      const pid = child.pid;
      assert.equal(
        withProcess(pid, (live) => live.stat()?.pgrp),
        withProcess(process.pid, (live) => live.stat()?.pgrp),
      );
      const responder = lab.responder();
      const plan = await responder.prepareIsolate([{ kind: "process", pid }], { watchSeconds: 0 });
      const [step] = plan.steps;
      assert.ok(step?.kind === "freeze");
      assert.match(step.effect, /what it starts meanwhile/, "nothing else belongs to it");
      await responder.applyPlan(plan);
      assert.equal(isRunning(pid), false);
      assert.equal(isRunning(process.ppid), true);
    });
  });
});

function isKernelThread(pid: number): boolean {
  const live = LiveProcess.open(pid);
  const answer = live?.stat()?.isKernelThread === true;
  live?.close();
  return answer;
}
