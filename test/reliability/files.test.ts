import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import type { PlanResult } from "#core/plans/plan";
import type { Responder } from "#helper/execute/responder";
import { fullState, isolate, lsattr, only, restore } from "./fileActions.ts";
import { ResponseLab, whyNotRoot } from "./responseLab.ts";

describe("isolating and restoring files", function () {
  this.timeout(60_000);
  let lab: ResponseLab;
  let responder: Responder;

  before(function () {
    if (whyNotRoot() !== undefined) this.skip();
  });
  beforeEach(() => {
    lab = new ResponseLab("files");
    responder = lab.responder();
  });
  afterEach(() => lab.end());

  describe("D2 the file is another one than planned", () => {
    it("another inode at the path is refused and stays", async () => {
      const path = lab.path("miner");
      fs.writeFileSync(path, "evil");
      const plan = await responder.prepareIsolate([{ kind: "file", path }]);
      fs.writeFileSync(`${path}.new`, "good");
      fs.renameSync(`${path}.new`, path);
      assert.equal(only(await responder.applyPlan(plan)).state, "drifted");
      assert.equal(fs.readFileSync(path, "utf8"), "good");
    });

    it("other content in the same inode, with the same size and time, is refused and given back as it was", async () => {
      const path = lab.path("miner");
      fs.writeFileSync(path, "evil", { mode: 0o751 });
      const plan = await responder.prepareIsolate([{ kind: "file", path }]);
      const before = fs.statSync(path);
      fs.writeFileSync(path, "good");
      // Exactly the old time: the digest has to notice.
      execFileSync("touch", [
        "-d",
        `@${plan.steps[0]?.kind === "quarantine" ? nsToSeconds(plan.steps[0].target.mtimeNs) : ""}`,
        path,
      ]);
      const step = only(await responder.applyPlan(plan));
      assert.equal(step.state, "drifted");
      assert.match(step.detail, /not the one that was planned/);
      assert.equal(fs.readFileSync(path, "utf8"), "good");
      assert.equal(fs.statSync(path).mode, before.mode);
      assert.deepEqual(responder.listIsolated().files, []);
    });
  });

  describe("D3 a round trip", () => {
    it("gives back mode, owner, capabilities, ACL, attributes of every namespace, times, flags and holes", async function () {
      const missing = ["setfattr", "getfattr", "setfacl", "getfacl", "setcap", "chattr"].filter(
        (tool) => spawnSync("which", [tool]).status !== 0,
      );
      if (missing.length > 0) {
        process.stdout.write(`      skipped: ${missing.join(", ")} missing\n`);
        this.skip();
      }
      const path = lab.path("miner");
      fs.copyFileSync("/usr/bin/sleep", path);
      const handle = fs.openSync(path, "r+");
      fs.writeSync(handle, "tail", 3_000_000);
      fs.closeSync(handle);
      fs.chownSync(path, 54_321, 12_345);
      fs.chmodSync(path, 0o6751);
      const run = (command: string, ...argv: string[]): string => execFileSync(command, argv, { encoding: "utf8" });
      run("setfacl", "-m", "u:65534:r-x,g:7:--x", path);
      run("setcap", "cap_net_raw,cap_sys_ptrace+ep", path);
      run("setfattr", "-n", "user.note", "-v", "0x00ff0a22", path);
      run("setfattr", "-n", "trusted.mark", "-v", "x", path);
      run("setfattr", "-n", "security.extra", "-v", "y", path);
      run("touch", "-a", "-d", "2001-02-03 04:05:06.123456789Z", path);
      run("touch", "-m", "-d", "2019-09-09 09:09:09.987654321Z", path);
      run("chattr", "+ia", path);
      const before = fullState(path);
      assert.match(before.attributes, /security\.capability/);
      assert.match(before.attributes, /system\.posix_acl_access/);

      const isolated = only(await isolate(responder, path));
      assert.equal(isolated.state, "done", isolated.detail);
      assert.equal(fs.existsSync(path), false);
      assert.equal(responder.listIsolated().files[0]?.mode, 0o6751);
      const restored = only(await restore(responder));
      assert.match(restored.detail, /identical/);
      const after = fullState(path);
      run("chattr", "-ia", path);
      assert.deepEqual(after, before);
      assert.equal(
        fs.existsSync(lab.path("state", "quarantine", responder.listIsolated().files[0]?.id ?? "", "content")),
        false,
      );
    });

    /** Runs an action in a mount namespace of its own where these programs are covered. */
    function without(programs: readonly string[], action: "isolate" | "restore", subject: string): PlanResult {
      const covers = programs
        .filter((program) => fs.existsSync(program))
        .map((program) => `mount --bind /dev/null ${program}`);
      const script = [...covers, `exec "$0" --import tsx test/reliability/helperProcess.ts "$@"`].join(" && ");
      const argv = [
        "-m",
        "--propagation",
        "private",
        "/bin/sh",
        "-c",
        script,
        process.execPath,
        action,
        subject,
        "none",
        lab.stateDir,
      ];
      const run = spawnSync("unshare", argv, { encoding: "utf8" });
      assert.equal(run.status, 0, run.stderr);
      return JSON.parse(run.stdout) as PlanResult;
    }

    const perl = ["/usr/bin/perl", "/bin/perl"];
    const python = ["/usr/bin/python3", "/usr/libexec/platform-python", "/bin/python3"].flatMap((path) =>
      fs.existsSync(path) ? fs.realpathSync(path) : [],
    );

    function markedFile(): string {
      const path = lab.path("miner");
      fs.writeFileSync(path, "evil");
      execFileSync("setfattr", ["-n", "user.note", "-v", "0x00ff0a22", path]);
      execFileSync("setfacl", ["-m", "u:65534:r-x", path]);
      execFileSync("touch", ["-d", "2019-09-09 09:09:09.987654321Z", path]);
      return path;
    }

    it("needs Perl or Python, either will do", function () {
      if (python.length === 0 || spawnSync("which", ["setfattr", "setfacl"]).status !== 0) this.skip();
      const path = markedFile();
      const before = fullState(path);
      assert.equal(only(without(perl, "isolate", path)).state, "done");
      const [file] = responder.listIsolated().files;
      assert.match(only(without(perl, "restore", file?.id ?? "")).detail, /identical/);
      assert.deepEqual(fullState(path), before);
    });

    it("without either says on the plan what will be missing, and gives back the rest", function () {
      if (spawnSync("which", ["setfattr", "setfacl"]).status !== 0) this.skip();
      const path = markedFile();
      const missing = [...perl, ...python];
      assert.equal(only(without(missing, "isolate", path)).state, "done");
      const [file] = responder.listIsolated().files;
      const [step] = responder.prepareRestore([file?.id ?? ""]).steps;
      assert.match(
        step?.effect ?? "",
        /not identical: extended attributes, ACLs, capabilities and inode flags could not be read/,
      );
      assert.match(
        only(without(missing, "restore", file?.id ?? "")).detail,
        /times could only be set to the microsecond/,
      );
      assert.equal(fs.readFileSync(path, "utf8"), "evil");
      assert.equal(Math.round(fs.statSync(path).mtimeMs), 1568020149988);
    });

    it("of a dense file of zeros does not make it sparse, and of an empty one keeps it empty", async () => {
      const path = lab.path("zeros");
      for (const content of [Buffer.alloc(100_000), Buffer.alloc(0)]) {
        fs.writeFileSync(path, content);
        const handle = fs.openSync(path, "r");
        fs.fsyncSync(handle);
        fs.closeSync(handle);
        const blocks = fs.statSync(path).blocks;
        assert.equal(only(await isolate(responder, path)).state, "done");
        assert.equal(only(await restore(responder)).state, "done");
        assert.deepEqual(fs.readFileSync(path), content);
        assert.equal(fs.statSync(path).blocks, blocks);
        fs.rmSync(path);
      }
    });
  });

  describe("D4 restoring where it can't simply go back", () => {
    let path: string;
    beforeEach(async () => {
      path = lab.path("place", "miner");
      lab.mkdir("place");
      fs.writeFileSync(path, "evil");
      assert.equal(only(await isolate(responder, path)).state, "done");
    });

    it("never overwrites what is there, and can be restored beside it", async () => {
      fs.writeFileSync(path, "new");
      const step = only(await restore(responder));
      assert.equal(step.state, "failed");
      assert.match(step.detail, /exists; nothing is overwritten/);
      assert.equal(fs.readFileSync(path, "utf8"), "new");
      assert.equal(only(await restore(responder, { to: { path: `${path}.restored` } })).state, "done");
      assert.equal(fs.readFileSync(`${path}.restored`, "utf8"), "evil");
    });

    it("says that the folder is gone", async () => {
      fs.rmdirSync(lab.path("place"));
      assert.match(only(await restore(responder)).detail, /does not exist/);
      assert.equal(responder.listIsolated().files[0]?.status, "isolated");
    });

    it("refuses a folder that became a link", async () => {
      fs.rmdirSync(lab.path("place"));
      lab.mkdir("elsewhere");
      fs.symlinkSync(lab.path("elsewhere"), lab.path("place"));
      const step = only(await restore(responder));
      assert.equal(step.state, "drifted");
      assert.match(step.detail, /symbolic link/);
      assert.deepEqual(fs.readdirSync(lab.path("elsewhere")), []);
    });

    it("asks before using a folder that others can write to, and takes a sticky one", async () => {
      fs.chmodSync(lab.path("place"), 0o777);
      const step = only(await restore(responder));
      assert.equal(step.state, "refused");
      assert.match(step.detail, /Other users can write/);
      assert.equal(only(await restore(responder, { override: "writableParent" })).state, "done");
      fs.chmodSync(lab.path("place"), 0o1777);
      assert.equal(only(await isolate(responder, path)).state, "done");
      assert.equal(only(await restore(responder)).state, "done");
      assert.deepEqual(fs.readdirSync(lab.path("place")), ["miner"]);
    });
  });

  describe("D8 immutable and append-only", () => {
    for (const flag of ["i", "a"]) {
      it(`+${flag} on the file and on its folder is lifted for the change, and is there again after restoring`, async function () {
        const folder = lab.mkdir("guarded");
        const path = join(folder, "miner");
        fs.writeFileSync(path, "evil");
        const chattr = (...argv: string[]): number | null => spawnSync("chattr", argv).status;
        if (chattr(`+${flag}`, path, folder) !== 0) this.skip();
        try {
          assert.equal(only(await isolate(responder, path)).state, "done");
          assert.equal(fs.existsSync(path), false);
          assert.match(lsattr(folder), new RegExp(flag), "the folder is guarded while the file is away");
          assert.equal(only(await restore(responder)).state, "done");
          assert.match(lsattr(path), new RegExp(flag));
          assert.match(lsattr(folder), new RegExp(flag));
          assert.equal(fs.readFileSync(path, "utf8"), "evil");
        } finally {
          chattr("-i", "-a", folder);
          chattr("-ia", folder);
          chattr("-ia", path);
        }
      });
    }
  });

  describe("D9 hard links", () => {
    it("all names are on the plan, go away together, and come back as one inode", async () => {
      lab.mkdir("home");
      const path = lab.path("miner");
      fs.writeFileSync(path, "evil", { mode: 0o755 });
      fs.linkSync(path, lab.path("zweiter"));
      const far = join(fs.mkdtempSync("/var/tmp/countermine-link-"), "third");
      fs.linkSync(path, far);
      try {
        const plan = await responder.prepareIsolate([{ kind: "file", path }]);
        const [step] = plan.steps;
        assert.ok(step?.kind === "quarantine");
        assert.deepEqual(step.target.otherNames, [lab.path("zweiter"), far].sort());
        assert.match(step.effect, /2 other names go too/);
        await responder.applyPlan(plan);
        for (const name of [path, lab.path("zweiter"), far]) assert.equal(fs.existsSync(name), false, name);
        await restore(responder);
        assert.equal(fs.statSync(path).nlink, 3);
        assert.equal(fs.statSync(far).ino, fs.statSync(path).ino);
      } finally {
        fs.rmSync(join(far, ".."), { recursive: true });
      }
    });

    it("a name that was not found is left without any permission, and that is said", async () => {
      const path = lab.path("miner");
      const hidden = lab.path("sec\u202eret");
      fs.writeFileSync(path, "evil", { mode: 0o755 });
      fs.linkSync(path, hidden);
      const plan = await responder.prepareIsolate([{ kind: "file", path }]);
      assert.match(plan.steps[0]?.effect ?? "", /1 further hard links exist that were not found/);
      assert.match(only(await responder.applyPlan(plan)).detail, /1 further names of it stay, without any permission/);
      assert.equal(fs.statSync(hidden).mode & 0o7777, 0);
    });
  });
});

function nsToSeconds(ns: string): string {
  return `${ns.slice(0, -9)}.${ns.slice(-9)}`;
}
