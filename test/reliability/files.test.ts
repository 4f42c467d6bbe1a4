import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import type { PlanResult } from "#core/plans/plan";
import { OpsError } from "#core/opsError";
import { wirePath } from "#helper/execute/bytesOfPath";
import type { Responder } from "#helper/execute/responder";
import { rounds, timeFor } from "./rounds.ts";
import { fakeOwner, ResponseLab, stateOf, until, whyNotRoot } from "./responseLab.ts";

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

  const bytes = (path: string): string => Buffer.from(path, "utf8").toString("latin1");

  async function isolate(path: string, using = responder): Promise<PlanResult> {
    const plan = await using.prepareIsolate([{ kind: "file", path: bytes(path) }]);
    assert.equal(plan.steps.length, 1, JSON.stringify(plan.refused));
    return using.applyPlan(plan);
  }

  async function restore(
    options: Parameters<Responder["prepareRestore"]>[1] = {},
    using = responder,
  ): Promise<PlanResult> {
    const isolated = using.listIsolated().files.filter(({ status }) => status === "isolated");
    return using.applyPlan(
      using.prepareRestore(
        isolated.map(({ id }) => id),
        options,
      ),
    );
  }

  const only = (result: PlanResult): { readonly state: string; readonly detail: string } => {
    const [step] = result.steps;
    assert.ok(step !== undefined && result.steps.length === 1);
    return step;
  };

  describe("D1 the folder is swapped for a link to a precious one", () => {
    const races = rounds(150, 10_000);
    it(`while isolating, in ${races} races: nothing outside is moved or changed`, function () {
      this.timeout(timeFor(races, 400));
      return raceSwap(lab, races);
    });
  });

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

      const isolated = only(await isolate(path));
      assert.equal(isolated.state, "done", isolated.detail);
      assert.equal(fs.existsSync(path), false);
      assert.equal(responder.listIsolated().files[0]?.mode, 0o6751);
      const restored = only(await restore());
      assert.match(restored.detail, /identical/);
      const after = fullState(path);
      run("chattr", "-ia", path);
      assert.deepEqual(after, before);
      assert.equal(
        fs.existsSync(lab.path("state", "quarantine", responder.listIsolated().files[0]?.id ?? "", "content")),
        false,
      );
    });

    it("of a dense file of zeros does not make it sparse, and of an empty one keeps it empty", async () => {
      const path = lab.path("zeros");
      for (const content of [Buffer.alloc(100_000), Buffer.alloc(0)]) {
        fs.writeFileSync(path, content);
        const handle = fs.openSync(path, "r");
        fs.fsyncSync(handle);
        fs.closeSync(handle);
        const blocks = fs.statSync(path).blocks;
        assert.equal(only(await isolate(path)).state, "done");
        assert.equal(only(await restore()).state, "done");
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
      assert.equal(only(await isolate(path)).state, "done");
    });

    it("never overwrites what is there, and can be restored beside it", async () => {
      fs.writeFileSync(path, "new");
      const step = only(await restore());
      assert.equal(step.state, "failed");
      assert.match(step.detail, /exists; nothing is overwritten/);
      assert.equal(fs.readFileSync(path, "utf8"), "new");
      assert.equal(only(await restore({ to: { path: `${path}.restored` } })).state, "done");
      assert.equal(fs.readFileSync(`${path}.restored`, "utf8"), "evil");
    });

    it("says that the folder is gone", async () => {
      fs.rmdirSync(lab.path("place"));
      assert.match(only(await restore()).detail, /does not exist/);
      assert.equal(responder.listIsolated().files[0]?.status, "isolated");
    });

    it("refuses a folder that became a link", async () => {
      fs.rmdirSync(lab.path("place"));
      lab.mkdir("elsewhere");
      fs.symlinkSync(lab.path("elsewhere"), lab.path("place"));
      const step = only(await restore());
      assert.equal(step.state, "drifted");
      assert.match(step.detail, /symbolic link/);
      assert.deepEqual(fs.readdirSync(lab.path("elsewhere")), []);
    });

    it("asks before using a folder that others can write to, and takes a sticky one", async () => {
      fs.chmodSync(lab.path("place"), 0o777);
      const step = only(await restore());
      assert.equal(step.state, "refused");
      assert.match(step.detail, /Other users can write/);
      assert.equal(only(await restore({ override: "writableParent" })).state, "done");
      fs.chmodSync(lab.path("place"), 0o1777);
      assert.equal(only(await isolate(path)).state, "done");
      assert.equal(only(await restore()).state, "done");
      assert.deepEqual(fs.readdirSync(lab.path("place")), ["miner"]);
    });
  });

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

  describe("D8 immutable and append-only", () => {
    for (const flag of ["i", "a"]) {
      it(`+${flag} on the file and on its folder is lifted for the change, and is there again after restoring`, async function () {
        const folder = lab.mkdir("guarded");
        const path = join(folder, "miner");
        fs.writeFileSync(path, "evil");
        const chattr = (...argv: string[]): number | null => spawnSync("chattr", argv).status;
        if (chattr(`+${flag}`, path, folder) !== 0) this.skip();
        try {
          assert.equal(only(await isolate(path)).state, "done");
          assert.equal(fs.existsSync(path), false);
          assert.match(lsattr(folder), new RegExp(flag), "the folder is guarded while the file is away");
          assert.equal(only(await restore()).state, "done");
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
        await restore();
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

  describe("D10 what is no ordinary file", () => {
    const cases: readonly [string, RegExp, (path: string) => void][] = [
      ["a named pipe", /named pipe/, (path) => execFileSync("mkfifo", [path])],
      ["a folder", /folder/, (path) => fs.mkdirSync(path)],
      ["a symbolic link", /symbolic link/, (path) => fs.symlinkSync("/etc/passwd", path)],
      ["a device", /device/, (path) => execFileSync("mknod", [path, "c", "1", "5"])],
      [
        "a sparse file of 10 TB",
        /larger than/,
        (path) => {
          fs.writeFileSync(path, "");
          fs.truncateSync(path, 10e12);
        },
      ],
    ];
    for (const [name, reason, make] of cases) {
      it(`${name} called like a miner is refused with its kind, at once`, async () => {
        make(lab.path("xmrig"));
        const began = performance.now();
        const plan = await responder.prepareIsolate([{ kind: "file", path: lab.path("xmrig") }]);
        assert.deepEqual(plan.steps, []);
        assert.match(plan.refused[0]?.reason ?? "", reason);
        assert.ok(performance.now() - began < 3000);
      });
    }

    it("what the kernel makes up is refused", async () => {
      const plan = await responder.prepareIsolate([
        { kind: "file", path: "/proc/version" },
        { kind: "file", path: "/dev/zero" },
        { kind: "file", path: "/sys/kernel/uevent_seqnum" },
        { kind: "file", path: "/etc/passwd" },
        { kind: "file", path: join(lab.stateDir, "key") },
      ]);
      assert.deepEqual(plan.steps, []);
      assert.equal(plan.refused.length, 5);
    });
  });

  describe("D11 names", () => {
    const names: readonly string[] = [
      "new\nline",
      "\x1b[2Jesc",
      "rtl\u202egnp",
      "-rf",
      "$(touch x)",
      "x".repeat(255),
      " leading",
      "quote'\"`",
      "*",
      "日本",
    ];
    for (const name of [...names.map(bytes), "caf\xe9 \xff"]) {
      it(`${JSON.stringify(name.slice(0, 20))} makes the round trip exactly`, async () => {
        const folder = lab.mkdir("names");
        const path = `${bytes(folder)}/${name}`;
        fs.writeFileSync(Buffer.from(path, "latin1"), "evil");
        const plan = await responder.prepareIsolate([{ kind: "file", path }]);
        assert.equal(only(await responder.applyPlan(plan)).state, "done");
        const [file] = responder.listIsolated().files;
        assert.deepEqual(
          { path: file?.path, ...(file?.pathBase64 === undefined ? {} : { pathBase64: file.pathBase64 }) },
          wirePath(path),
        );
        assert.doesNotMatch(file?.path ?? "", /[\u0000-\u001f\u202e]/);
        assert.deepEqual(fs.readdirSync(folder), []);
        assert.equal(only(await restore()).state, "done");
        assert.deepEqual(
          fs.readdirSync(Buffer.from(folder), "buffer").map((found) => found.toString("latin1")),
          [name],
        );
        fs.rmSync(folder, { recursive: true });
      });
    }
  });

  describe("D12 a state folder that somebody else prepared", () => {
    const cases: readonly [string, (path: string) => void][] = [
      [
        "a symbolic link",
        (path) => {
          fs.renameSync(path, `${path}.real`);
          fs.symlinkSync(`${path}.real`, path);
        },
      ],
      ["another owner", (path) => fs.chownSync(path, 1234, 0)],
      ["mode 0777", (path) => fs.chmodSync(path, 0o777)],
      [
        "a file",
        (path) => {
          fs.rmSync(path, { recursive: true });
          fs.writeFileSync(path, "");
        },
      ],
    ];
    for (const [name, spoil] of cases) {
      it(`with ${name} is refused, for the folder and for the quarantine in it`, async () => {
        fs.writeFileSync(lab.path("miner"), "evil");
        await isolate(lab.path("miner"));
        spoil(lab.path("state", "quarantine"));
        assert.throws(
          () => lab.responder().listIsolated(),
          (error) => OpsError.is(error, "stateDamaged") && error.nextStep !== "",
        );
        fs.rmSync(lab.stateDir, { recursive: true });
        fs.mkdirSync(lab.stateDir, { mode: 0o700 });
        spoil(lab.stateDir);
        assert.throws(() => lab.responder(), { kind: "stateDamaged" });
      });
    }

    it("below a folder that others can write to is refused", () => {
      lab.mkdir("open", 0o777);
      assert.throws(() => lab.responder({ stateDir: lab.path("open", "state") }), /can be written by other users/);
    });
  });

  describe("D13 a record that was edited", () => {
    const edits: readonly [string, (text: string) => string][] = [
      [
        "another path",
        (text) => text.replace(/"path":"[^"]+"/, `"path":"${Buffer.from("/etc/shadow").toString("base64")}"`),
      ],
      [
        "a path with dots",
        (text) => text.replace(/"path":"[^"]+"/, `"path":"${Buffer.from("/tmp/../etc/x").toString("base64")}"`),
      ],
      ["another digest", (text) => text.replace(/"sha256":"[0-9a-f]{64}"/, `"sha256":"${"0".repeat(64)}"`)],
      ["another mode", (text) => text.replace(/"mode":\d+/, `"mode":2541`)],
      ["half of its text", (text) => text.slice(0, text.length / 2)],
    ];
    for (const [name, edit] of edits) {
      it(`to ${name} is refused for restoring and deleting`, async () => {
        const path = lab.path("miner");
        fs.writeFileSync(path, "evil");
        await isolate(path);
        const [file] = responder.listIsolated().files;
        assert.ok(file);
        const restorePlan = responder.prepareRestore([file.id]);
        const deletePlan = responder.prepareDelete([file.id]);
        const record = lab.path("state", "quarantine", file.id, "record.json");
        const edited = edit(fs.readFileSync(record, "utf8"));
        assert.notEqual(edited, fs.readFileSync(record, "utf8"));
        fs.writeFileSync(record, edited);
        for (const plan of [restorePlan, deletePlan]) {
          const step = only(await responder.applyPlan(plan));
          assert.equal(step.state, "failed");
          assert.match(step.detail, /record of isolated file/);
        }
        assert.equal(responder.listIsolated().problems.length, 1);
        assert.ok(fs.existsSync(lab.path("state", "quarantine", file.id, "content")));
        assert.equal(fs.existsSync(path), false);
      });
    }

    it("content that was edited is not restored", async () => {
      const path = lab.path("miner");
      fs.writeFileSync(path, "evil");
      await isolate(path);
      const [file] = responder.listIsolated().files;
      const content = lab.path("state", "quarantine", file?.id ?? "", "content");
      fs.chmodSync(content, 0o600);
      const handle = fs.openSync(content, "r+");
      fs.writeSync(handle, "X", 4096);
      fs.closeSync(handle);
      const step = only(await restore());
      assert.equal(step.state, "failed");
      assert.equal(fs.existsSync(path), false);
      assert.deepEqual(
        fs.readdirSync(lab.folder).filter((name) => name.startsWith(".countermine")),
        [],
      );
      assert.equal(responder.listIsolated().files[0]?.status, "isolated");
    });

    it("a journal that was edited is not followed by undo", async () => {
      const path = lab.path("miner");
      fs.writeFileSync(path, "evil");
      const result = await isolate(path);
      const journal = lab.path("state", "journal.ndjson");
      fs.writeFileSync(journal, fs.readFileSync(journal, "utf8").replace("tester@bench", "nobody@bench"));
      await assert.rejects(responder.undo(result.plan), { kind: "stateDamaged" });
      assert.equal(fs.existsSync(path), false);
    });
  });

  describe("D14 deleting many", () => {
    it("gives one exact result per item, and cancelling stops before the next", async () => {
      const ids: string[] = [];
      for (let index = 0; index < 12; index += 1) fs.writeFileSync(lab.path(`m${index}`), `evil ${index}`);
      const targets = Array.from({ length: 12 }, (_, index) => ({
        kind: "file" as const,
        path: lab.path(`m${index}`),
      }));
      await responder.applyPlan(await responder.prepareIsolate(targets));
      ids.push(...responder.listIsolated().files.map(({ id }) => id));
      const plan = responder.prepareDelete(ids);
      // One of them is damaged meanwhile.
      fs.rmSync(lab.path("state", "quarantine", ids[2] ?? "", "content"));
      const controller = new AbortController();
      const result = await responder.applyPlan(plan, {
        signal: controller.signal,
        onProgress: ({ index, state }) => {
          if (index === 8 && state !== "started") controller.abort();
        },
      });
      const expected = ids.map((_, index) => (index === 2 ? "drifted" : index < 8 ? "done" : "skipped"));
      assert.deepEqual(
        result.steps.map(({ state }) => state),
        expected,
      );
      const deleted = responder.listIsolated().files.filter(({ status }) => status === "deleted");
      assert.equal(deleted.length, 7);
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
          assert.equal(only(await isolate(path)).state, "done");
          assert.equal(fs.existsSync(path), false);
          assert.equal(fs.readFileSync(join(layers, "lower", "miner"), "utf8"), "evil", "the layer below is not ours");
          const [id = ""] = fs.readdirSync(lab.path("state", "quarantine"));
          assert.match(
            fs.readFileSync(lab.path("state", "quarantine", id, "record.json"), "utf8"),
            /"fileSystem":"overlay at /,
          );
          assert.equal(only(await restore()).state, "done");
          assert.equal(fs.readFileSync(path, "utf8"), "evil");
        } finally {
          spawnSync("umount", ["-l", merged]);
        }
      });
    });
  });

  describe("D15 a packaged file", () => {
    it("is refused without the override; a library that many processes use is refused with it as well", async () => {
      const path = lab.path("python3");
      fs.writeFileSync(path, "interpreter");
      const packaged = lab.responder({
        ownership: { ownerOf: () => ({ manager: "dpkg", package: "python3", digest: "intact" }) },
      });
      const refused = await packaged.prepareIsolate([{ kind: "file", path }]);
      assert.match(refused.refused[0]?.reason ?? "", /came with the system/);
      const allowed = await packaged.prepareIsolate([{ kind: "file", path, override: "packageOwned" }]);
      const [step] = allowed.steps;
      assert.equal(step?.risk, "high");
      assert.equal(only(await packaged.applyPlan(allowed)).state, "done");
      const libc = fs
        .readFileSync("/proc/self/maps", "utf8")
        .split("\n")
        .map((line) => line.split(/\s+/)[5] ?? "")
        .find((name) => /libc[.-]/.test(name));
      assert.ok(libc);
      const hard = await packaged.prepareIsolate([{ kind: "file", path: libc, override: "packageOwned" }]);
      assert.deepEqual(hard.steps, []);
      assert.equal(fakeOwner(libc) === "unowned", false);
    });
  });
});

/** Another process swaps the folder and a link to a precious one as fast as it can while a file in it is isolated. */
async function raceSwap(lab: ResponseLab, rounds: number): Promise<void> {
  const precious = lab.mkdir("precious");
  const stage = lab.mkdir("stage");
  fs.writeFileSync(join(precious, "miner"), "precious", { mode: 0o644 });
  const before = fullState(join(precious, "miner"));
  const script = `use strict; while (1) { rename("${stage}", "${stage}.away"); symlink("${precious}", "${stage}"); unlink("${stage}"); rename("${stage}.away", "${stage}"); }`;
  const swapper = await lab.start("/usr/bin/perl", ["-e", script]);
  const responder = lab.responder();
  const outcomes = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    process.kill(swapper, "SIGSTOP");
    await until(() => stateOf(swapper) === "T");
    if (fs.lstatSync(stage, { throwIfNoEntry: false })?.isSymbolicLink() === true) fs.unlinkSync(stage);
    if (fs.existsSync(`${stage}.away`)) fs.renameSync(`${stage}.away`, stage);
    fs.writeFileSync(join(stage, "miner"), `evil ${round}`);
    const plan = await responder.prepareIsolate([{ kind: "file", path: join(stage, "miner") }]);
    process.kill(swapper, "SIGCONT");
    const [step] = (await responder.applyPlan(plan)).steps;
    outcomes.set(step?.state ?? "", (outcomes.get(step?.state ?? "") ?? 0) + 1);
  }
  assert.deepEqual(fullState(join(precious, "miner")), before);
  assert.deepEqual(fs.readdirSync(precious), ["miner"]);
  // A race that always has the same winner tests nothing.
  assert.deepEqual([...outcomes.keys()].sort(), ["done", "drifted"], JSON.stringify([...outcomes]));
}

function fullState(path: string): {
  readonly stat: readonly string[];
  readonly attributes: string;
  readonly acl: string;
  readonly flags: string;
  readonly content: string;
} {
  const status = fs.lstatSync(path, { bigint: true });
  const { size, mode, uid, gid, nlink, mtimeNs, atimeNs, blocks } = status;
  const run = (command: string, ...argv: string[]): string =>
    spawnSync(command, [...argv, path], { encoding: "utf8" }).stdout;
  const attributes = run("getfattr", "-d", "-m", "-", "-e", "hex", "--absolute-names");
  const acl = run("getfacl", "-pn");
  const flags = lsattr(path);
  const content = spawnSync("sha256sum", { input: readQuietly(path), encoding: "utf8" }).stdout;
  return { stat: [size, mode, uid, gid, nlink, mtimeNs, atimeNs, blocks].map(String), attributes, acl, flags, content };
}

function readQuietly(path: string): Buffer {
  const handle = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOATIME);
  try {
    return fs.readFileSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

function lsattr(path: string): string {
  return spawnSync("lsattr", ["-d", path], { encoding: "utf8" }).stdout.split(" ")[0] ?? "";
}

function nsToSeconds(ns: string): string {
  return `${ns.slice(0, -9)}.${ns.slice(-9)}`;
}

function tryTouch(path: string): void {
  try {
    fs.writeFileSync(path, "");
  } catch {
    return;
  }
}

async function withMount(folder: string, options: string, run: (folder: string) => Promise<void>): Promise<void> {
  assert.equal(spawnSync("mount", ["-t", "tmpfs", "-o", options, "none", folder]).status, 0);
  try {
    await run(folder);
  } finally {
    spawnSync("umount", ["-l", folder]);
  }
}
