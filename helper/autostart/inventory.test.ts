import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpsError } from "#core/opsError";
import { autostartDocumentSchema } from "#protocol/schemas";
import { MemoryHost } from "#test/autostart/memoryHost";
import { LinuxHost } from "../host/linuxHost.ts";
import { lsattrFlags } from "./lsattrFlags.ts";
import { readInventory } from "./inventory.ts";
import { packageOwnership } from "./ownershipLookup.ts";

const nobody = { ownerOf: () => "unknown" as const } as const;

describe("readInventory", () => {
  it("reads this machine's own files, and what it says fits on the wire", async function () {
    this.timeout(60_000);
    const host = new LinuxHost();
    const document = await readInventory(host, { ownership: packageOwnership(host), flags: lsattrFlags });
    assert.equal(autostartDocumentSchema.safeParse(document).success, true);
    assert.ok(document.items.some(({ path }) => path === "/etc/profile"));
    for (const { path, sha256 } of document.items) assert.equal(sha256 === "", !isFile(path), path);
    assert.equal(new Set(document.items.map(({ id }) => id)).size, document.items.length);
  });

  it("gives an item the same id at each reading, whatever its attributes", async () => {
    const read = async (mode: number, prefix: string): Promise<string | undefined> => {
      const host = new MemoryHost({ "/etc/crontab": { content: `${prefix}1 * * * * root /bin/x\n`, mode } });
      return (await readInventory(host, { ownership: nobody })).items[0]?.id;
    };
    const id = await read(0o644, "");
    assert.match(id ?? "", /^[0-9a-f]{16}$/);
    assert.equal(await read(0o600, "# comment\n\n"), id);
  });

  it("says which classes it could not read, and keeps the rest", async () => {
    const host = new MemoryHost({
      "/var/spool/cron/crontabs": { kind: "directory", failure: "EACCES" },
      "/etc/crontab": { content: "", failure: "EACCES" },
      "/etc/cron.d/x": "@reboot root /bin/x\n",
      "/etc/passwd": "root:x:0:0::/root:/bin/sh\n",
    });
    const { items, notRun } = await readInventory(host, { ownership: nobody });
    assert.deepEqual(
      notRun.map((entry) => entry.class),
      ["System crontab", "User crontabs"],
    );
    assert.match(notRun[1]?.reason ?? "", /^Could not be read\. \/var\/spool\/cron\/crontabs: EACCES/);
    assert.deepEqual(
      items.map(({ name }) => name),
      ["/bin/x"],
    );
  });

  it("says that homes are unknown when passwd cannot be read", async () => {
    const { notRun } = await readInventory(new MemoryHost({ "/root/.bashrc": "nohup /tmp/x &\n" }), {
      ownership: nobody,
    });
    assert.deepEqual(
      notRun.map((entry) => entry.class),
      ["User shell profiles"],
    );
  });

  it("keeps a path that is not UTF-8 exact, and shows it without control characters in names", async () => {
    const path = "/etc/cron.d/caf\xe9\x1b[2J";
    const { items } = await readInventory(new MemoryHost({ [path]: "@reboot root /bin/\x1b[2Jx\n" }), {
      ownership: nobody,
    });
    assert.equal(Buffer.from(items[0]?.pathBase64 ?? "", "base64").toString("latin1"), path);
    assert.equal(items[0]?.name, "/bin/\\u{1b}[2Jx");
    assert.ok(items[0]?.risk.includes("hidden text"));
  });

  it("reads a home whose name looks like a pattern as it is", async () => {
    const host = new MemoryHost({
      "/etc/passwd": "odd:x:1:1::/home/{a,*}:/bin/sh\n",
      "/home/{a,*}/.bashrc": "trap /tmp/x EXIT\n",
    });
    const { items } = await readInventory(host, { ownership: nobody });
    assert.deepEqual(
      items.map(({ path, line }) => [path, line]),
      [
        ["/home/{a,*}/.bashrc", undefined],
        ["/home/{a,*}/.bashrc", 1],
      ],
    );
  });

  it("leaves homes on network file systems alone and says so", async () => {
    const host = new MemoryHost({
      "/etc/passwd": "far:x:1:1::/net/far:/bin/sh\n",
      "/net/far/.bashrc": "trap /tmp/x EXIT\n",
      "/proc/self/mountinfo": "36 25 0:40 / /net rw shared:1 - nfs4 srv:/home rw\n",
    });
    const { items, notRun } = await readInventory(host, { ownership: nobody });
    assert.deepEqual(items, []);
    assert.match(notRun.find((entry) => entry.class === "User shell profiles")?.reason ?? "", /network file systems/);
  });

  it("ends a circle of links and reads a folder with two names once", async () => {
    const host = new MemoryHost({
      "/lib": { link: "usr/lib" },
      "/usr/lib/systemd/system/a.service": "[Service]\nExecStart=/bin/a\n",
      "/usr/lib/systemd/system/loop.wants": { link: "." },
      "/etc/fish/loop": { link: "/etc/fish" },
      "/etc/passwd": "",
    });
    const { items } = await readInventory(host, { ownership: nobody });
    assert.deepEqual(
      items.map(({ path }) => path),
      ["/usr/lib/systemd/system/a.service"],
    );
  });

  it("tells of an immutable file", async () => {
    const host = new MemoryHost({ "/etc/crontab": "@reboot root /bin/x\n" });
    const flags = (paths: readonly string[]): Promise<Map<string, boolean>> =>
      Promise.resolve(new Map(paths.map((path) => [path, true])));
    const { items } = await readInventory(host, { ownership: nobody, flags });
    assert.equal(items[0]?.immutable, true);
    assert.ok(items[0]?.risk.includes("immutable"));
  });

  it("sees a change behind the end of what it shows of a command", async () => {
    const command = async (tail: string): Promise<string | undefined> => {
      const host = new MemoryHost({ "/etc/crontab": `@reboot root /bin/x ${"a".repeat(6000)}${tail}\n` });
      return (await readInventory(host, { ownership: nobody })).items[0]?.command;
    };
    assert.notEqual(await command("one"), await command("two"));
  });

  it("stays within one message though an account floods its crontab, and keeps everybody else's items", async function () {
    this.timeout(60_000);
    const line = (number: number): string => `@daily /bin/x ${"\xff".repeat(150)}${number}\n`;
    const flood = Array.from({ length: 1000 }, (_, number) => line(number)).join("");
    const crontabs = Array.from({ length: 12 }, (_, number) => [`/var/spool/cron/crontabs/u${number}`, flood]);
    const host = new MemoryHost({
      ...Object.fromEntries(crontabs),
      "/var/spool/cron/crontabs/root": "@daily /bin/root\n",
      "/etc/ld.so.preload": "/lib/x.so\n",
      "/etc/passwd": "root:x:0:0::/root:/bin/sh\n",
    });
    const { items, notRun } = await readInventory(host, { ownership: nobody });
    assert.ok(Buffer.byteLength(JSON.stringify(items)) < 6 * 2 ** 20);
    assert.ok(items.some(({ name }) => name === "/bin/root"));
    assert.ok(items.some(({ name }) => name === "/lib/x.so"));
    assert.match(notRun.map(({ reason }) => reason).join(" "), /items of u3 were left out/);
  });

  it("stops when cancelled, and reports where it is", async () => {
    const controller = new AbortController();
    const seen: string[] = [];
    const run = readInventory(new MemoryHost({}), {
      ownership: nobody,
      signal: controller.signal,
      onProgress: ({ message, total }) => {
        seen.push(message);
        assert.ok(total >= 10);
        if (seen.length === 2) controller.abort();
      },
    });
    await assert.rejects(run, (error) => OpsError.is(error, "cancelled"));
    assert.deepEqual(seen, ["System crontab", "cron.d"]);
  });

  describe("of an offline root", () => {
    let root = "";
    beforeEach(() => (root = mkdtempSync(join(tmpdir(), "root-"))));
    afterEach(() => rmSync(root, { recursive: true, force: true }));
    const put = (path: string, content: string): void => {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), content);
    };

    it("takes its accounts, units and programs, with paths as seen inside", async () => {
      put("/etc/passwd", "eve:x:1000:1000::/home/eve:/bin/sh\n");
      put("/home/eve/.profile", "nohup /opt/run &\n");
      put("/opt/run", "program");
      const { items } = await readInventory(new LinuxHost(), { ownership: nobody, root: `${root}/` });
      const line = items.find(({ line }) => line === 1);
      assert.equal(line?.path, "/home/eve/.profile");
      assert.equal(line?.runUser, "eve");
      assert.equal(line?.target?.path, "/opt/run");
      assert.match(line?.target?.sha256 ?? "", /^[0-9a-f]{64}$/);
    });

    it("never follows a link out of the root", async () => {
      put("/etc/passwd", "");
      put("/inside", "@reboot root /bin/inside\n");
      mkdirSync(join(root, "etc/cron.d"));
      const outside = join(root, "..", `outside-${process.pid}`);
      writeFileSync(outside, "@reboot root /bin/outside\n");
      try {
        symlinkSync("/inside", join(root, "etc/cron.d/absolute"));
        symlinkSync("../../../../../../../../inside", join(root, "etc/cron.d/climbing"));
        symlinkSync(outside, join(root, "etc/cron.d/outside"));
        symlinkSync(join(root, ".."), join(root, "etc/cron.hourly"));
        const { items } = await readInventory(new LinuxHost(), { ownership: nobody, root });
        assert.deepEqual(
          items.map(({ name, path }) => [name, path]),
          [
            ["/bin/inside", "/etc/cron.d/absolute"],
            ["/bin/inside", "/etc/cron.d/climbing"],
          ],
        );
      } finally {
        rmSync(outside);
      }
    });
  });
});

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
