import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Ownership } from "#core/facts/facts";
import { SnapshotHost, type SnapshotEntry } from "#test/snapshotHost";
import { defaultLimits } from "./collectOptions.ts";
import { OwnershipCollector } from "./ownership.ts";

const info = "/var/lib/dpkg/info";
const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

async function owner(entries: Record<string, SnapshotEntry>, path: string): Promise<Ownership> {
  const collector = new OwnershipCollector(new SnapshotHost(entries), defaultLimits);
  await collector.ask([path], { verify: true });
  return collector.of(path);
}

describe("ownership", () => {
  const tool = {
    [`${info}/tool.list`]: "/.\n/usr\n/usr/bin\n/usr/bin/tool\n",
    [`${info}/tool.md5sums`]: `${md5("content")}  usr/bin/tool\n`,
  };

  it("is intact when the digest fits, modified when it does not", async () => {
    const intact = await owner({ ...tool, "/usr/bin/tool": "content" }, "/usr/bin/tool");
    assert.deepEqual(intact, { manager: "dpkg", package: "tool", digest: "intact" });
    const modified = await owner({ ...tool, "/usr/bin/tool": "c0ntent" }, "/usr/bin/tool");
    assert.deepEqual(modified, { manager: "dpkg", package: "tool", digest: "modified" });
  });

  it("is unowned only when the database was read and has no such path", async () => {
    assert.equal(await owner({ ...tool, "/usr/bin/tool2": "x" }, "/usr/bin/tool2"), "unowned");
    assert.equal(await owner({ "/usr/bin/tool": "x" }, "/usr/bin/tool"), "unknown");
  });

  it("has an unknown digest when the file cannot be read or the package has none", async () => {
    assert.deepEqual(await owner({ ...tool, "/usr/bin/tool": { failure: "EACCES" } }, "/usr/bin/tool"), {
      manager: "dpkg",
      package: "tool",
      digest: "unknown",
    });
    const list = { [`${info}/tool.list`]: "/usr/bin/tool\n", "/usr/bin/tool": "x" };
    assert.deepEqual(await owner(list, "/usr/bin/tool"), { manager: "dpkg", package: "tool", digest: "unknown" });
  });

  it("knows both names of a file where /bin is a link to /usr/bin, and only there", async () => {
    const listed = {
      [`${info}/coreutils:amd64.list`]: "/bin/ls\n",
      [`${info}/coreutils:amd64.md5sums`]: `${md5("ls")}  bin/ls\n`,
      "/usr/bin/ls": "ls",
    };
    const merged = await owner({ ...listed, "/bin": { link: "usr/bin" } }, "/usr/bin/ls");
    assert.deepEqual(merged, { manager: "dpkg", package: "coreutils", digest: "intact" });
    assert.equal(await owner({ ...listed, "/bin/other": "x" }, "/usr/bin/ls"), "unowned");
  });

  it("gives a diverted file to its own package, and the name to the package that took it", async () => {
    const entries = {
      [`${info}/dash.list`]: "/usr/bin/sh\n",
      [`${info}/dash.md5sums`]: `${md5("dash")}  usr/bin/sh\n`,
      [`${info}/bash.list`]: "/usr/bin/sh\n",
      [`${info}/bash.md5sums`]: `${md5("bash")}  usr/bin/sh\n`,
      "/var/lib/dpkg/diversions": "/usr/bin/sh\n/usr/bin/sh.distrib\ndash\n",
      "/usr/bin/sh": "dash",
      "/usr/bin/sh.distrib": "bash",
    };
    assert.deepEqual(await owner(entries, "/usr/bin/sh"), { manager: "dpkg", package: "dash", digest: "intact" });
    assert.deepEqual(await owner(entries, "/usr/bin/sh.distrib"), {
      manager: "dpkg",
      package: "bash",
      digest: "intact",
    });
  });

  it("reads the database of Alpine", async () => {
    const sha1 = createHash("sha1").update("busy").digest("base64");
    const entries = {
      "/lib/apk/db/installed": `P:busybox\nF:bin\nR:busybox\nZ:Q1${sha1}\n\n`,
      "/bin/busybox": "busy",
    };
    assert.deepEqual(await owner(entries, "/bin/busybox"), { manager: "apk", package: "busybox", digest: "intact" });
    assert.equal(await owner(entries, "/bin/miner"), "unowned");
  });

  it("says nothing about the files of a container", async () => {
    assert.equal(await owner({ ...tool, "/proc/9/root/x": "y" }, "/proc/9/root/x"), "unknown");
  });

  it("names what it cannot tell: no database, or one that is not read", () => {
    const gapsOf = (entries: Record<string, SnapshotEntry>): string =>
      new OwnershipCollector(new SnapshotHost(entries), defaultLimits).fact().gaps.join();
    assert.match(gapsOf({}), /No package database/);
    assert.match(gapsOf({ "/var/lib/rpm/rpmdb.sqlite": "x" }), /RPM/);
    assert.equal(gapsOf(tool), "");
  });

  it("stops reading at the limit, and says so", async () => {
    const entries = { ...tool, "/usr/bin/tool": "content", [`${info}/b.list`]: "/b\n", "/b": "b" };
    const collector = new OwnershipCollector(new SnapshotHost(entries), { ...defaultLimits, digestBytes: -1 });
    await collector.ask(["/usr/bin/tool"], { verify: true });
    assert.deepEqual(collector.of("/usr/bin/tool"), { manager: "dpkg", package: "tool", digest: "unknown" });
    assert.match(collector.fact().gaps.join(), /limit/);
  });
});
