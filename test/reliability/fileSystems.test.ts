import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import type { PlanResult } from "#core/plans/plan";
import type { Responder } from "#helper/execute/responder";
import { fullState, isolate, only, restore, withMount } from "./fileActions.ts";
import { ResponseLab, stateOf, until, whyNotRoot } from "./responseLab.ts";

describe("isolating on difficult file systems", function () {
  this.timeout(60_000);
  let lab: ResponseLab;
  let responder: Responder;

  before(function () {
    if (whyNotRoot() !== undefined) this.skip();
  });
  beforeEach(() => {
    lab = new ResponseLab("systems");
    responder = lab.responder();
  });
  afterEach(() => lab.end());

  describe("D6 the disk is full", () => {
    for (const [name, options] of [
      ["blocks", "size=1m"],
      ["inodes", "size=64m,nr_inodes=12"],
    ] as const) {
      it(`of ${name}: it is said so, the original is as it was, and nothing is left over`, async () => {
        await withMount(lab.mkdir("small"), options, async (folder) => {
          const path = lab.path("miner");
          fs.writeFileSync(path, Buffer.alloc(3 * 2 ** 20, 7), { mode: 0o755 });
          const before = fullState(path);
          const small = lab.responder({ stateDir: join(folder, "state") });
          const plan = await small.prepareIsolate([{ kind: "file", path }]);
          if (name === "inodes") for (let index = 0; index < 20; index += 1) tryTouch(join(folder, `f${index}`));
          if (name === "inodes") await assert.rejects(small.applyPlan(plan), { kind: "noSpace" });
          else {
            const step = only(await small.applyPlan(plan));
            assert.equal(step.state, "failed", step.detail);
            assert.match(step.detail, /no room|no space/);
          }
          assert.deepEqual(fullState(path), before);
          assert.deepEqual(small.listIsolated().files, []);
        });
      });
    }

    it("while evidence is kept: the process stays frozen instead of being killed, and undo lets it run", async () => {
      await withMount(lab.mkdir("small"), "size=200k", async (folder) => {
        const program = lab.program();
        fs.appendFileSync(program, Buffer.alloc(2 ** 20, 9));
        const pid = await lab.start(program);
        const small = lab.responder({ stateDir: join(folder, "state") });
        const plan = await small.prepareIsolate([{ kind: "process", pid }], { watchSeconds: 0 });
        const result = await small.applyPlan(plan);
        assert.deepEqual(
          result.steps.map(({ kind, state }) => `${kind} ${state}`),
          ["freeze done", "evidence failed", "quarantine failed", "kill skipped"],
        );
        assert.match(result.steps[3]?.detail ?? "", /stays frozen/);
        assert.equal(stateOf(pid), "T");
        await small.undo(plan.id);
        assert.match(stateOf(pid) ?? "", /[RS]/);
      });
    });
  });

  describe("D7 a file system that does not let us", () => {
    it("mounted read-only: typed result, the original is as it was, the next file is still done", async () => {
      const folder = lab.mkdir("ro");
      fs.writeFileSync(join(folder, "miner"), "evil", { mode: 0o755 });
      fs.writeFileSync(lab.path("other"), "evil too");
      assert.equal(spawnSync("mount", ["--bind", folder, folder]).status, 0);
      try {
        assert.equal(spawnSync("mount", ["-o", "remount,ro,bind", folder]).status, 0);
        const plan = await responder.prepareIsolate([
          { kind: "file", path: join(folder, "miner") },
          { kind: "file", path: lab.path("other") },
        ]);
        const result = await responder.applyPlan(plan);
        assert.deepEqual(
          result.steps.map(({ state }) => state),
          ["failed", "done"],
        );
        assert.match(result.steps[0]?.detail ?? "", /read-only/);
        assert.equal(fs.readFileSync(join(folder, "miner"), "utf8"), "evil");
        assert.equal(fs.statSync(join(folder, "miner")).mode & 0o7777, 0o755);
      } finally {
        spawnSync("umount", ["-l", folder]);
      }
    });
  });

  describe("D7 a file system whose server hangs", () => {
    it("is given up after a few seconds, and the next file is still done", async function () {
      if (!fs.existsSync("/dev/fuse") || !fs.existsSync("/usr/bin/perl")) this.skip();
      const folder = lab.mkdir("hang");
      fs.writeFileSync(lab.path("other"), "evil");
      // Opens the device, mounts it, and never answers a request.
      const script = `use Fcntl; $^F = 20; sysopen(my $f, "/dev/fuse", O_RDWR) or die; my $n = fileno($f); system("mount", "-i", "-t", "fuse", "-o", "fd=$n,rootmode=40000,user_id=0,group_id=0", "none", "${folder}") == 0 or die; open(my $ready, ">", "${lab.path("ready")}"); close $ready; sleep 60`;
      const server = await lab.start("/usr/bin/perl", ["-e", script]);
      try {
        await until(() => fs.existsSync(lab.path("ready")));
        const began = performance.now();
        const plan = await responder.prepareIsolate([
          { kind: "file", path: join(folder, "deep", "miner") },
          { kind: "file", path: lab.path("other") },
        ]);
        assert.ok(performance.now() - began < 12_000);
        assert.match(plan.refused[0]?.reason ?? "", /did not answer within 5 s/);
        assert.equal(only(await responder.applyPlan(plan)).state, "done");
      } finally {
        process.kill(server, "SIGKILL");
        spawnSync("umount", ["-l", folder]);
      }
    });
  });

  describe("D7 a file whose owner the account may not act for", () => {
    it("as root_squash does it: typed result, the original is as it was", async () => {
      const folder = lab.mkdir("share");
      const path = join(folder, "miner");
      fs.writeFileSync(path, "evil", { mode: 0o755 });
      fs.chownSync(path, 4321, 4321);
      // In the user namespace only root is mapped, so that root is nobody to the file.
      const argv = [
        "-U",
        "-r",
        process.execPath,
        "--import",
        "tsx",
        "test/reliability/helperProcess.ts",
        "isolate",
        path,
        "none",
        lab.stateDir,
      ];
      const run = spawnSync("unshare", argv, { encoding: "utf8" });
      assert.equal(run.status, 0, run.stderr);
      const { steps }: PlanResult = JSON.parse(run.stdout);
      assert.equal(steps[0]?.state, "failed");
      assert.match(steps[0].detail, /not permitted/);
      assert.equal(fs.readFileSync(path, "utf8"), "evil");
      assert.equal(fs.statSync(path).mode & 0o7777, 0o755);
      assert.deepEqual(responder.listIsolated().files, []);
    });
  });

  describe("D16 a file of an overlay", () => {
    it("is taken out of the merged view, comes back there, and the record names the overlay", async function () {
      await withMount(lab.mkdir("layers"), "size=16m", async (layers) => {
        for (const name of ["lower", "upper", "work"]) fs.mkdirSync(join(layers, name));
        fs.writeFileSync(join(layers, "lower", "miner"), "evil", { mode: 0o755 });
        const merged = lab.mkdir("merged");
        const options = `lowerdir=${layers}/lower,upperdir=${layers}/upper,workdir=${layers}/work`;
        if (spawnSync("mount", ["-t", "overlay", "none", "-o", options, merged]).status !== 0) this.skip();
        try {
          const path = join(merged, "miner");
          assert.equal(only(await isolate(responder, path)).state, "done");
          assert.equal(fs.existsSync(path), false);
          assert.equal(fs.readFileSync(join(layers, "lower", "miner"), "utf8"), "evil", "the layer below is not ours");
          const [id = ""] = fs.readdirSync(lab.path("state", "quarantine"));
          assert.match(
            fs.readFileSync(lab.path("state", "quarantine", id, "record.json"), "utf8"),
            /"fileSystem":"overlay at /,
          );
          assert.equal(only(await restore(responder)).state, "done");
          assert.equal(fs.readFileSync(path, "utf8"), "evil");
        } finally {
          spawnSync("umount", ["-l", merged]);
        }
      });
    });
  });
});

function tryTouch(path: string): void {
  try {
    fs.writeFileSync(path, "");
  } catch {
    return;
  }
}
