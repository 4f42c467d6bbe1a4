import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { OpsError } from "#core/opsError";
import { wirePath } from "#helper/execute/bytesOfPath";
import type { Responder } from "#helper/execute/responder";
import { bytes, isolate, only, restore } from "./fileActions.ts";
import { fakeOwner, ResponseLab, whyNotRoot } from "./responseLab.ts";

describe("isolating what an attacker prepared", function () {
  this.timeout(60_000);
  let lab: ResponseLab;
  let responder: Responder;

  before(function () {
    if (whyNotRoot() !== undefined) this.skip();
  });
  beforeEach(() => {
    lab = new ResponseLab("hostile");
    responder = lab.responder();
  });
  afterEach(() => lab.end());

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
        assert.equal(only(await restore(responder)).state, "done");
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
        await isolate(responder, lab.path("miner"));
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
        await isolate(responder, path);
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
      await isolate(responder, path);
      const [file] = responder.listIsolated().files;
      const content = lab.path("state", "quarantine", file?.id ?? "", "content");
      fs.chmodSync(content, 0o600);
      const handle = fs.openSync(content, "r+");
      fs.writeSync(handle, "X", 4096);
      fs.closeSync(handle);
      const step = only(await restore(responder));
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
      const result = await isolate(responder, path);
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
