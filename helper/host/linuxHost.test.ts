import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFailure } from "#core/facts/host";
import { LinuxHost } from "./linuxHost.ts";

describe("LinuxHost", () => {
  const host = new LinuxHost();
  const folder = mkdtempSync(join(tmpdir(), "countermine-host-"));
  const at = (name: string): string => join(folder, name);
  before(() => {
    writeFileSync(at("file"), Buffer.from([0, 0xff, 0x41, 0x0a]));
    writeFileSync(at("large"), Buffer.alloc(600_000, "ab"));
    symlinkSync("file", at("link"));
    mkdirSync(at("folder"));
    spawnSync("mkfifo", [at("fifo")]);
    symlinkSync("fifo", at("to fifo"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("reads bytes as one character each, up to a limit", () => {
    assert.equal(host.read(at("file")), "\x00\xffA\n");
    assert.equal(host.read(at("file"), 2), "\x00\xff");
    assert.equal(host.read(at("large")), "ab".repeat(300_000));
    assert.equal(host.read(at("link")), "\x00\xffA\n");
  });

  it("F29 D10 does not hang on a FIFO, a device or a folder, also behind a link", () => {
    for (const path of [at("fifo"), at("to fifo"), at("folder"), "/dev/zero", "/dev/null", "/proc/self/fd"]) {
      const answer = host.read(path);
      assert.ok(isFailure(answer), path);
      assert.match(answer.failure, /^(EFTYPE|EISDIR)$/);
      assert.ok(isFailure(host.readPieces(path, 100, () => assert.fail("nothing is read"))));
    }
  });

  it("F29 does not hang on a FIFO that is reached through the root of a process", () => {
    const answer = host.read(`/proc/self/root${at("fifo")}`);
    assert.deepEqual(isFailure(answer) && answer.failure, "EFTYPE");
  });

  it("F30 D11 finds files whose names are no UTF-8, or hold newlines and escapes", () => {
    for (const name of ["\xff\xfe miner", "new\nline", "\x1b[2J", "$(x)", "-rf", " lead", "\xe2\x80\xae"]) {
      writeFileSync(Buffer.from(at(name), "latin1"), "here");
      assert.equal(host.read(at(name)), "here", JSON.stringify(name));
      const names = host.list(folder);
      assert.ok(!isFailure(names) && names.includes(name), JSON.stringify(name));
      const status = host.stat(at(name));
      assert.ok(!isFailure(status) && status.size === 4);
    }
  });

  it("says why as an errno name, and never throws", () => {
    const failure = (answer: unknown): string => (isFailure(answer) ? answer.failure : "none");
    assert.equal(failure(host.read(at("missing"))), "ENOENT");
    assert.equal(failure(host.read(at("file/below"))), "ENOTDIR");
    assert.equal(failure(host.readLink(at("file"))), "EINVAL");
    assert.equal(failure(host.list(at("file"))), "ENOTDIR");
    assert.equal(failure(host.stat(at("missing"))), "ENOENT");
    assert.equal(failure(host.read("with\0nul")), "EINVAL");
    assert.equal(failure(host.list("x".repeat(9000))), "ENAMETOOLONG");
  });

  it("has the status with exact inode and times, of a link itself when asked", () => {
    const { dev, ino, mtimeNs } = statSync(at("file"), { bigint: true });
    const status = host.stat(at("link"));
    assert.ok(!isFailure(status));
    assert.deepEqual([status.kind, status.id, status.mtimeNs], ["file", `${dev}:${ino}`, String(mtimeNs)]);
    const link = host.stat(at("link"), { follow: false });
    assert.equal(isFailure(link) || link.kind, "symlink");
  });

  it("feeds a file piece by piece", () => {
    const hash = createHash("sha256");
    const status = host.readPieces(at("large"), 1 << 30, (piece) => hash.update(piece));
    assert.ok(!isFailure(status) && status.size === 600_000);
    assert.equal(hash.digest("hex"), createHash("sha256").update(Buffer.alloc(600_000, "ab")).digest("hex"));
    let read = 0;
    host.readPieces(at("large"), 1000, (piece) => void (read += piece.length));
    assert.equal(read, 1000);
  });

  it("reads what the kernel gives in several parts to the end", () => {
    const maps = host.read("/proc/self/maps", 8 << 20);
    assert.ok(!isFailure(maps) && maps.length > 4096 && /\[(?:vdso|vvar|vsyscall|stack)\]/.test(maps.slice(-2000)));
  });

  it("leaves the trace limit of errors as it was", () => {
    const before = Error.stackTraceLimit;
    host.read(at("missing"));
    host.list(at("missing"));
    host.hasPid(2 ** 22 + 1);
    assert.equal(Error.stackTraceLimit, before);
  });

  it("knows which numbers are processes", () => {
    assert.ok(host.hasPid(process.pid) && host.hasPid(1));
    assert.ok(!host.hasPid(2 ** 22 + 1));
  });
});
