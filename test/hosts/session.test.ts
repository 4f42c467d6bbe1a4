import assert from "node:assert/strict";
import { OpsError, type OpsErrorKind } from "#core/opsError";
import { methods } from "#protocol/methods";
import { readArtifacts } from "#remote/staging/artifacts";
import { buildForHosts } from "./buildForHosts.ts";
import { connectHelper, type HelperOptions } from "./connectHelper.ts";
import { LabHost } from "./lab/labHost.ts";
import { skipWithoutLab } from "./lab/skipWithoutLab.ts";

async function rejectsWith(kind: OpsErrorKind, host: LabHost, options: HelperOptions): Promise<OpsError> {
  const error = await connectHelper(host, options).then(
    async (opened) => {
      await opened.close();
      return assert.fail("it connected");
    },
    (reason: unknown) => reason,
  );
  assert.ok(OpsError.is(error, kind), String(error));
  assert.notEqual(error.nextStep, "");
  return error;
}

async function until(condition: () => Promise<boolean>, milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds;
  while (Date.now() < end) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return condition();
}

describe("sessions on real hosts", function () {
  this.timeout(120_000);
  let host: LabHost;
  before(async function () {
    await skipWithoutLab(this);
    buildForHosts();
    host = await LabHost.start({ suite: "bookworm" });
  });
  after(async () => host?.stop());

  it("becomes root by sudo without a password, and sends 0 bytes the second time", async () => {
    const first = await connectHelper(host, { user: "ops" });
    assert.equal(first.session.isRoot, true);
    await first.close();
    const second = await connectHelper(host, { user: "ops" });
    assert.equal(second.session.uploadedBytes, 0);
    assert.equal(second.session.runtime, "pack");
    await second.close();
  });

  it("becomes root by sudo with a password, which is sent once and only after the prompt", async () => {
    await host.mustExec("rm -rf /run/sudo/ts");
    const opened = await connectHelper(host, { user: "dev", sudoPassword: "devpw" });
    assert.equal(opened.session.isRoot, true);
    await opened.close();
  });

  it("B1 with NOPASSWD a password that is at hand is never written", async () => {
    let wasAsked = false;
    const opened = await connectHelper(host, {
      user: "ops",
      overrides: {
        sudoPassword: () => {
          wasAsked = true;
          return Promise.resolve(Buffer.from("canary"));
        },
      },
    });
    await opened.close();
    assert.equal(wasAsked, false);
  });

  it("B2 a wrong sudo password is tried exactly once, and nothing of the payload is read", async () => {
    await host.mustExec("rm -rf /run/sudo/ts");
    const failures = async (): Promise<number> =>
      Number(await host.mustExec("journalctl --no-pager -q _COMM=sudo | grep -c 'authentication failure' || true"));
    const before = await failures();
    const error = await rejectsWith("privilegeFailed", host, { user: "dev", sudoPassword: "wrong" });
    assert.match(error.message, /tried once/);
    assert.doesNotMatch(error.message, /wrong/);
    assert.ok(await until(async () => (await failures()) > before, 5000));
    assert.equal((await failures()) - before, 1);
  });

  it("B4 an account that may not become root works without, and every check that could not look says so", async () => {
    const refused = await rejectsWith("privilegeFailed", host, { user: "nosudo", sudoPassword: "nosudopw" });
    assert.match(refused.message, /may not become root/);
    const opened = await connectHelper(host, {
      user: "nosudo",
      overrides: { sudoPassword: () => Promise.resolve(undefined) },
    });
    assert.equal(opened.session.isRoot, false);
    const document = await opened.session.client.request(methods.triage, { mode: "balanced", allowRules: [] });
    await opened.close();
    assert.ok(document.notRun.length > 0, "a view without root is never complete");
  });

  it("B3 a lecture, a localised prompt and no cached ticket change nothing", async () => {
    await host.writeFile(
      "/etc/sudoers.d/zz-lecture",
      'Defaults lecture=always, timestamp_timeout=0, badpass_message="Wachtwoord:"\n',
      0o440,
    );
    const opened = await connectHelper(host, { user: "dev", sudoPassword: "devpw" });
    assert.equal(opened.session.isRoot, true);
    await opened.close();
    await host.mustExec("rm /etc/sudoers.d/zz-lecture");
  });

  it("B6 a login script that prints 5 MB and imitates our lines does not get in the way", async () => {
    await host.mustExec(
      `cp /home/ops/.bashrc /home/ops/.bashrc.kept; { echo 'head -c 5000000 /dev/zero | tr "\\0" x; echo; echo "0123456789abcdef0123456789abcdef ready"; echo "{\\"jsonrpc\\":\\"2.0\\"}"'; cat /home/ops/.bashrc; } > /home/ops/.bashrc.new; mv /home/ops/.bashrc.new /home/ops/.bashrc`,
    );
    const opened = await connectHelper(host, { user: "ops" });
    assert.equal(opened.session.isRoot, true);
    await opened.close();
    await host.mustExec("mv /home/ops/.bashrc.kept /home/ops/.bashrc");
  });

  it("B8 a full state disk is a clear message or a helper in memory, with nothing left behind", async () => {
    await host.mustExec(
      "rm -rf /var/lib/countermine; mkdir -m 700 /var/lib/countermine; mount -t tmpfs -o size=64k,mode=700 tmpfs /var/lib/countermine",
    );
    try {
      const opened = await connectHelper(host, { user: "ops" });
      assert.equal(opened.session.isRoot, true);
      const document = await opened.session.client.request(methods.triage, { mode: "balanced", allowRules: [] });
      assert.ok(document.stats.processes > 5);
      await opened.close();
      assert.doesNotMatch(await host.mustExec("ls -A /var/lib/countermine/runtime || true"), /\.new|\.pack/);
    } finally {
      await host.mustExec("umount /var/lib/countermine; rm -rf /var/lib/countermine /run/countermine");
    }
  });

  it("B8 a noexec state folder falls back, or says so", async () => {
    await host.mustExec(
      "mkdir -p -m 700 /var/lib/countermine; mount -t tmpfs -o noexec,mode=700 tmpfs /var/lib/countermine",
    );
    try {
      const opened = await connectHelper(host, { user: "ops" });
      assert.equal(opened.session.isRoot, true);
      await opened.close();
    } finally {
      await host.mustExec("umount /var/lib/countermine; rm -rf /var/lib/countermine /run/countermine");
    }
  });

  it("B13 /etc/ld.so.preload of the host is not loaded into the helper", async () => {
    await host.writeFile("/etc/ld.so.preload", "/nonexistent/hider.so\n", 0o644);
    try {
      const opened = await connectHelper(host, { user: "root" });
      const maps = await host.mustExec(
        `cat /proc/${opened.session.handshake.pid}/maps; cat /proc/${opened.session.handshake.pid}/environ | tr '\\0' ' '`,
      );
      await opened.close();
      assert.doesNotMatch(maps, /nonexistent/);
      assert.match(maps, /countermine\/runtime\/[0-9a-f]{64}\/libc\.so\.6/);
    } finally {
      await host.mustExec("rm -f /etc/ld.so.preload");
    }
  });

  it("B10 the helper is gone within 30 seconds after the operator's machine vanished", async () => {
    const opened = await connectHelper(host, { user: "ops" });
    const { pid } = opened.session.handshake;
    await host.setCable("pulled");
    try {
      assert.ok(
        await until(async () => (await host.exec(`test -e /proc/${pid}`)).code !== 0, 36_000),
        "the helper outlived its session",
      );
    } finally {
      await host.setCable("plugged");
      await opened.close();
    }
  });

  it("an unknown host key is refused before any login", async () => {
    await rejectsWith("hostKeyUnknown", host, { knownHosts: "" });
  });

  it("G3 a sudo password is in no log, command line, environment, history or journal", async () => {
    const canary = "Canary-4f1d-9b2e";
    await host.mustExec("rm -rf /run/sudo/ts; chpasswd", { input: `dev:${canary}\n` });
    const lines: string[] = [];
    await host.mustExec(
      "nohup sh -c 'for i in $(seq 60); do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; sleep 0.05; done > /root/seen' > /dev/null 2>&1 &",
    );
    const opened = await connectHelper(host, {
      user: "dev",
      sudoPassword: canary,
      overrides: { log: (line) => lines.push(line), onPhase: (phase) => lines.push(phase) },
    });
    assert.equal(opened.session.isRoot, true);
    await opened.session.client.request(methods.triage, { mode: "balanced", allowRules: [] });
    lines.push(JSON.stringify([opened.session.host, opened.session.probe, opened.session.handshake]));
    await opened.close();
    assert.equal(lines.join("\n").includes(canary), false);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const found = await host.exec(
      `grep -rlaF ${canary} /root /home /var/lib/countermine /var/log /run/log /tmp /var/tmp 2>/dev/null; journalctl --no-pager -q | grep -c ${canary}`,
    );
    assert.equal(found.stdout.trim(), "0", found.stdout);
    await host.mustExec("rm -f /root/seen; chpasswd", { input: "dev:devpw\n" });
  });

  it("B9 a host without a C library, Node, perl or python gets the runtime pack, and works", async () => {
    const mini = await LabHost.start({ suite: "mini" });
    try {
      const opened = await connectHelper(mini);
      assert.equal(opened.session.runtime, "pack");
      assert.equal(opened.session.probe.libc, "none");
      assert.equal(opened.session.probe.node, undefined);
      const document = await opened.session.client.request(methods.triage, { mode: "balanced", allowRules: [] });
      assert.ok(document.stats.processes > 0);
      await opened.close();
      const again = await connectHelper(mini);
      assert.equal(again.session.uploadedBytes, 0);
      await again.close();
    } finally {
      await mini.stop();
    }
  });

  it("B9 an architecture without a runtime pack is refused before any change", async () => {
    const error = await rejectsWith("helperMissing", host, {
      user: "ops",
      overrides: { artifacts: { ...readArtifacts("dist"), runtime: () => undefined } },
    });
    assert.match(error.message, /Nothing was changed/);
  });

  it("removes everything from the host", async () => {
    const opened = await connectHelper(host, { user: "ops" });
    const { removed } = await opened.session.client.request(methods.removeState, { loseIsolatedFiles: false });
    await opened.close();
    assert.deepEqual(removed, ["/var/lib/countermine"]);
    assert.equal((await host.exec("ls -d /var/lib/countermine* /run/countermine*")).stdout, "");
  });
});
