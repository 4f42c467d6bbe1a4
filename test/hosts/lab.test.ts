import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { parseDeb822, parseSourcesList, pickDebianMirror } from "./lab/debianMirror.ts";
import { LabHost } from "./lab/labHost.ts";
import { type HostRecord, readLabRecords } from "./lab/labRecord.ts";
import { repositoryPath } from "./lab/paths.ts";
import { identifyProcess } from "./lab/processIdentity.ts";
import type { LabSuite } from "./lab/rootFileSystem.ts";
import { mustRun } from "./lab/runCommand.ts";
import { skipWithoutLab } from "./lab/skipWithoutLab.ts";

const suites: readonly LabSuite[] = ["bullseye", "bookworm", "trixie", "mini"];

describe("lab host", function () {
  // The first run builds the root file systems.
  this.timeout(300_000);
  before(async function () {
    await skipWithoutLab(this);
  });

  for (const suite of suites) {
    describe(suite, () => {
      let host: LabHost;
      before(async () => {
        host = await LabHost.start({ suite });
      });
      after(async () => await host?.stop());

      it("shows an SSH banner on loopback", async () => {
        const socket = await host.connectSocket();
        const [banner] = (await once(socket, "data")) as [Buffer];
        socket.destroy();
        assert.match(banner.toString("latin1"), /^SSH-2\.0-/);
      });

      it("lets every user in by key, with the host key checked", async () => {
        for (const user of ["root", "ops", "dev", "nosudo"] as const) {
          const { stdout, stderr } = await host.ssh(user, "id -un");
          assert.equal(stdout, `${user}\n`, stderr);
        }
      });

      it("runs a script as root beside its sessions", async () => {
        const result = await host.exec("id -u; hostname; echo wrong >&2; exit 7");
        assert.deepEqual(result, { stdout: `0\n${host.name}\n`, stderr: "wrong\n", code: 7 });
      });

      it("writes a file with its mode", async () => {
        await host.writeFile("/opt/deep/er/file", Buffer.from([0, 255, 10]), 0o640);
        assert.equal(await host.mustExec("stat -c %a:%s /opt/deep/er/file"), "640:3\n");
        assert.deepEqual(await host.readFile("/opt/deep/er/file"), Buffer.from([0, 255, 10]));
      });

      it("logs logins of its SSH server", async () => {
        await host.ssh("dev", "true");
        assert.match(await host.sshdLog(), /Accepted publickey for dev|succeeded for 'dev'/);
      });

      it("is refused by a client that knows the old key after the key was swapped", async () => {
        const before = host.knownHosts;
        await host.swapHostKey();
        assert.notEqual(host.knownHosts, before);
        assert.equal((await host.ssh("root", "echo in")).stdout, "in\n");
      });
    });
  }

  describe("with systemd", () => {
    let host: LabHost;
    before(async () => {
      host = await LabHost.start({ suite: "bookworm" });
    });
    after(async () => await host?.stop());

    it("has systemd as PID 1 and no failed unit", async () => {
      assert.equal(await host.mustExec("cat /proc/1/comm"), "systemd\n");
      assert.equal((await host.exec("systemctl is-system-running")).stdout, "running\n");
    });

    it("gives sudo to ops without and to dev with a password, and none to nosudo", async () => {
      assert.equal((await host.ssh("ops", "sudo -n id -u")).stdout, "0\n");
      assert.notEqual((await host.ssh("dev", "sudo -n id -u")).code, 0);
      assert.equal((await host.ssh("dev", "sudo -S id -u", { input: "devpw\n" })).stdout, "0\n");
      assert.notEqual((await host.ssh("nosudo", "sudo -S id -u", { input: "nosudopw\n" })).code, 0);
    });

    it("cannot reach this machine's disks, kernel knobs or other processes", async () => {
      const { stdout } = await host.exec("echo 1 > /proc/sys/kernel/panic || echo refused");
      assert.equal(stdout, "refused\n");
      assert.equal((await host.exec("ls /proc | grep -c '^[0-9]'")).code, 0);
      assert.notEqual((await host.exec("mknod /dev/disk b 254 0 && head -c 1 /dev/disk")).code, 0);
      assert.equal(existsSync(`/proc/${host.initPid}`), true);
    });
  });

  it("boots again from the same disk after its power was cut, with another boot id", async () => {
    const host = await LabHost.start({ suite: "bookworm" });
    try {
      await host.exec("echo kept > /root/kept; setsid sleep 300 >/dev/null 2>&1 &");
      const bootId = await host.mustExec("cat /proc/sys/kernel/random/boot_id");
      await host.powerCycle();
      assert.equal((await host.ssh("root", "cat kept")).stdout, "kept\n");
      assert.notEqual(await host.mustExec("cat /proc/sys/kernel/random/boot_id"), bootId);
      assert.doesNotMatch(await host.mustExec("ps -e -o args"), /^sleep 300/m);
    } finally {
      await host.stop();
    }
  });

  it("loses packets while its cable is pulled, and keeps connections open", async () => {
    const host = await LabHost.start({ suite: "bookworm" });
    try {
      const socket = await host.connectSocket();
      await once(socket, "data");
      await host.setCable("pulled");
      const late = await host.ssh("root", "true").catch(() => ({ code: 255 }));
      assert.equal(late.code, 255);
      assert.equal(socket.destroyed, false);
      await host.setCable("plugged");
      socket.write("SSH-2.0-test\r\n");
      const [answer] = (await once(socket, "data")) as [Buffer];
      assert.ok(answer.length > 100, "the server's key exchange");
      socket.destroy();
    } finally {
      await host.stop();
    }
  });

  it("reaches another host of its process at its address, as a jump host does", async () => {
    const [jump, target] = await Promise.all([LabHost.start({ suite: "bookworm" }), LabHost.start({ suite: "mini" })]);
    try {
      const scan = await jump.ssh("ops", `ssh-keyscan -t ed25519 ${target.address} 2>/dev/null`);
      assert.ok(target.hostKeys.some((key) => scan.stdout.includes(key.base64)));
    } finally {
      await Promise.all([jump.stop(), target.stop()]);
    }
  });

  it("has busybox and nothing else of a userland in the mini suite, and no libc in a standard place", async () => {
    const host = await LabHost.start({ suite: "mini" });
    try {
      const search =
        "find / -xdev -path /proc -prune -o \\( -name 'ld-*' -o -name 'libc.so*' -o -name 'ld-linux*' \\) -print";
      const found = (await host.mustExec(search)).trim().split("\n");
      assert.ok(found.length >= 2, "the SSH server's private libc");
      for (const path of found) assert.match(path, /^\/opt\/ssh\/lib\//);
      for (const absent of ["bash", "sudo", "python3", "perl", "node"]) {
        assert.notEqual((await host.exec(`command -v ${absent}`)).code, 0, absent);
      }
      assert.equal(await host.mustExec("readlink /bin/sh; readlink /bin/ps"), "/bin/busybox\n/bin/busybox\n");
      await host.writeFile("/tmp/dynamic", readFileSync("/bin/true"), 0o755);
      const session = await host.ssh("root", "/tmp/dynamic; echo $?");
      assert.equal(session.stdout, "127\n", "a program that needs glibc cannot start");
    } finally {
      await host.stop();
    }
  });

  it("starts sshd as PID 1 in the plain form", async () => {
    const host = await LabHost.start({ suite: "bookworm", init: "plain", sshdConfig: "MaxSessions 3" });
    try {
      assert.equal(await host.mustExec("cat /proc/1/comm"), "sshd\n");
      assert.equal((await host.ssh("root", "sshd -T | grep -i ^maxsessions")).stdout, "maxsessions 3\n");
      await host.swapHostKey();
      assert.equal((await host.ssh("ops", "echo in")).stdout, "in\n");
    } finally {
      await host.stop();
    }
  });

  it("leaves no process, mount, cgroup, netns or file behind when it stops", async () => {
    const [first, second] = await Promise.all([
      LabHost.start({ suite: "bookworm" }),
      LabHost.start({ suite: "bookworm", name: "second" }),
    ]);
    await first.exec("setsid sleep 300 >/dev/null 2>&1 & touch /root/held; chattr +i /root/held");
    const traces = [first.traces, second.traces];
    const pids = [first.initPid, second.initPid];
    for (const trace of traces) assert.match(await mustRun(["ip", "netns", "list"]), new RegExp(trace.netns));
    await Promise.all([first.stop(), second.stop()]);
    await assertGone(traces, pids);
  });

  it("is reaped when its owner dies without stopping it, and labs of living owners are left alone", async () => {
    const mine = await LabHost.start({ suite: "bookworm" });
    const owner = spawn(process.execPath, ["--import", "tsx", "test/hosts/lab/main.ts", "keep", "bookworm"], {
      cwd: repositoryPath,
      stdio: ["ignore", "inherit", "inherit"],
    });
    try {
      const orphan = await waitForHostOf(owner.pid ?? 0);
      assert.equal(existsSync(`/proc/${orphan.initPid}`), true);
      const ended = once(owner, "exit");
      owner.kill("SIGKILL");
      await ended;
      // Nobody calls the reaper here: the lab's forwarder sees its owner go.
      for (let tries = 0; tries < 100 && existsSync(orphan.folder); tries += 1) await sleep(100);
      await assertGone([orphan], [orphan.initPid]);
      assert.equal((await mine.ssh("root", "echo alive")).stdout, "alive\n");
    } finally {
      owner.kill("SIGKILL");
      await mine.stop();
    }
  });
});

describe("Debian mirror", () => {
  it("is read from either format of apt's sources, past sources of others", () => {
    const others = parseSourcesList("deb [signed-by=/k] https://packages.example.org/apt tool-bookworm main\n");
    const deb822 = parseDeb822(
      "# comment\nTypes: deb\n# URIs: http://old.example.org\nURIs: http://mirror.example.org/debian\nSuites: bookworm bookworm-updates\nComponents: main\n",
    );
    assert.equal(pickDebianMirror([...others, ...deb822]), "http://mirror.example.org/debian");
    const list = parseSourcesList("# deb http://a.example.org x main\ndeb http://b.example.org/debian trixie main\n");
    assert.equal(pickDebianMirror(list), "http://b.example.org/debian");
    assert.equal(pickDebianMirror(others), undefined);
  });
});

async function waitForHostOf(ownerPid: number): Promise<HostRecord> {
  for (let tries = 0; tries < 300; tries += 1) {
    const host = readLabRecords().find((lab) => lab.owner.pid === ownerPid)?.hosts[0];
    if (host !== undefined && host.initPid > 0 && host.port > 0) return host;
    await sleep(100);
  }
  throw new Error("the other process started no host");
}

async function assertGone(traces: readonly LabHost["traces"][], pids: readonly number[]): Promise<void> {
  const namespaces = await mustRun(["ip", "netns", "list"]);
  const mounts = readFileSync("/proc/mounts", "latin1");
  for (const { netns, cgroups, folder } of traces) {
    assert.equal(
      namespaces.split("\n").some((line) => line.split(" ")[0] === netns),
      false,
      `netns ${netns}`,
    );
    for (const cgroup of cgroups) assert.equal(existsSync(cgroup), false, cgroup);
    assert.equal(mounts.includes(folder), false, `mount under ${folder}`);
    assert.equal(existsSync(folder), false, folder);
    assert.equal(
      readLabRecords().some((lab) => lab.hosts.some((host) => host.netns === netns)),
      false,
    );
  }
  for (const pid of pids) assert.equal(identifyProcess(pid), undefined, `pid ${pid}`);
}
