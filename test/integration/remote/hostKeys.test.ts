import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { OpsError } from "#core/opsError";
import { runToEnd } from "#remote/shell/runToEnd";
import { connect } from "#remote/transport/connect";
import { LoopbackSshd, sshdMissing } from "../loopbackSshd.ts";
import { ClientFolder, directly, loopbackHop, noPrompts, trustThat } from "#test/ssh/connectFixture";

const missing = sshdMissing();

describe(`host keys against a real sshd${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  let sshd: LoopbackSshd;
  let folder: ClientFolder;

  before(async function () {
    if (missing !== undefined) this.skip();
    this.timeout(30_000);
    sshd = await LoopbackSshd.start({ hostKeyTypes: ["ed25519", "rsa"] });
    folder = new ClientFolder();
  });

  after(async () => {
    await sshd?.stop();
    folder?.remove();
  });

  it("A2 an unknown host is asked about without a time limit, and called again with the approved key", async () => {
    const trust = trustThat(async () => {
      await delay(1500);
      return "remember";
    }, folder.file("a2.json"));
    const hop = loopbackHop(sshd.port, { identityFiles: [sshd.userKeyPath] });
    const transport = await connect(directly(hop), {
      prompts: noPrompts,
      trust,
      signal: new AbortController().signal,
      timing: { readyTimeoutMs: 1000 },
    });
    const result = await runToEnd(transport, "printf hello", { timeoutMs: 5000, limitBytes: 1000 });
    await transport.close();
    assert.equal(result.stdout, "hello");
    assert.equal(trust.questions.length, 1);
    assert.equal(trust.questions[0]?.storedAs, `[127.0.0.1]:${sshd.port}`);
    assert.equal((await trust.store.lookup(`[127.0.0.1]:${sshd.port}`)).length, 1);
  });

  it("A3 known_hosts with only an RSA entry connects by RSA, without a question", async () => {
    writeFileSync(folder.file("kh_rsa"), sshd.knownHostsLine("rsa"));
    const trust = trustThat("refuse", folder.file("a3.json"));
    const hop = loopbackHop(sshd.port, {
      identityFiles: [sshd.userKeyPath],
      knownHostsFiles: [folder.file("kh_rsa")],
    });
    const transport = await connect(directly(hop), { prompts: noPrompts, trust, signal: new AbortController().signal });
    await transport.close();
    assert.equal(transport.info.hops[0]?.keyType, "ssh-rsa");
    assert.equal(trust.questions.length, 0);
  });

  it("A1 a changed host key is refused before any login attempt, with both fingerprints and the line", async function () {
    this.timeout(20_000);
    writeFileSync(folder.file("kh"), `# first line\n${sshd.knownHostsLine("ed25519")}`);
    await sshd.swapHostKey(["ed25519"]);
    const attemptsBefore = sshd.authAttempts();
    const trust = trustThat("remember", folder.file("a1.json"));
    const hop = loopbackHop(sshd.port, { identityFiles: [sshd.userKeyPath], knownHostsFiles: [folder.file("kh")] });
    await assert.rejects(
      connect(directly(hop), { prompts: noPrompts, trust, signal: new AbortController().signal }),
      (error) => {
        assert(OpsError.is(error, "hostKeyMismatch"));
        assert.match(error.data["fingerprint"] ?? "", /^SHA256:[A-Za-z0-9+/]{43}$/);
        assert.match(error.data["knownFingerprint"] ?? "", /^SHA256:[A-Za-z0-9+/]{43}$/);
        assert.notEqual(error.data["fingerprint"], error.data["knownFingerprint"]);
        assert.equal(error.data["place"], `${folder.file("kh")}:2`);
        assert.match(error.message, /Nothing was sent/);
        return true;
      },
    );
    await delay(200);
    assert.equal(sshd.authAttempts(), attemptsBefore);
    assert.equal(trust.questions.length, 0);
    assert.deepEqual(await trust.store.names(), []);
  });
});
