import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { OpsError } from "#core/opsError";
import type { ResolvedHost } from "#remote/config/resolvedHost";
import { runToEnd } from "#remote/shell/runToEnd";
import { connect } from "#remote/transport/connect";
import type { PhaseReport } from "#remote/transport/transport";
import { ClientFolder, loopbackHop, noPrompts, trustThat } from "#test/ssh/connectFixture";
import { childrenOf, LoopbackSshd, sshdMissing } from "../loopbackSshd.ts";

const missing = sshdMissing();

describe(`jump hosts${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  const folder = new ClientFolder();
  let bastion: LoopbackSshd;
  let inner: LoopbackSshd;

  before(async function () {
    if (missing !== undefined) this.skip();
    this.timeout(30_000);
    bastion = await LoopbackSshd.start({ name: "bastion" });
    inner = await LoopbackSshd.start({ name: "inner" });
  });
  after(async () => {
    await bastion?.stop();
    await inner?.stop();
    folder.remove();
  });

  /** The inner host through the bastion; each is looked up under its own name only. */
  function throughBastion(known: { readonly bastion?: string; readonly inner?: string }): ResolvedHost {
    const file = folder.file("known_hosts");
    writeFileSync(
      file,
      `bastion-key ${known.bastion ?? bastion.hostKey()}\n${known.inner === "" ? "" : `inner-key ${known.inner ?? inner.hostKey()}\n`}`,
    );
    return {
      reference: "inner",
      jumps: [
        loopbackHop(bastion.port, {
          alias: "bastion",
          hostKeyAlias: "bastion-key",
          identityFiles: [bastion.userKeyPath],
          knownHostsFiles: [file],
        }),
      ],
      target: loopbackHop(inner.port, {
        alias: "inner",
        hostKeyAlias: "inner-key",
        identityFiles: [inner.userKeyPath],
        knownHostsFiles: [file],
      }),
    };
  }

  const options = (trust = trustThat("refuse", folder.file("trust.json"))) => ({
    prompts: noPrompts,
    trust,
    signal: new AbortController().signal,
  });

  it("runs a command through a jump host, and reports each hop", async () => {
    const reports: PhaseReport[] = [];
    const transport = await connect(throughBastion({}), {
      ...options(),
      onPhase: (report) => reports.push(report),
    });
    const result = await runToEnd(transport, "echo $SSH_CONNECTION", { timeoutMs: 5000, limitBytes: 200 });
    assert.match(result.stdout, new RegExp(` ${inner.port}\n$`));
    assert.deepEqual(
      reports
        .filter((report) => report.phase === "ready")
        .map((report) => `${report.host} ${report.hop}/${report.hops}`),
      ["bastion 1/2", "inner 2/2"],
    );
    assert.deepEqual(
      transport.info.hops.map((hop) => hop.host),
      ["bastion", "inner"],
    );
    await transport.close();
    await delay(200);
    assert.deepEqual(childrenOf(bastion.pid), [], "no connection stays on the jump host");
    assert.deepEqual(childrenOf(inner.pid), []);
  });

  it("A8 a changed key behind a good jump host is refused under the target's own name", async () => {
    const attempts = inner.authAttempts();
    await assert.rejects(connect(throughBastion({ inner: bastion.hostKey() }), options()), (error) => {
      assert(OpsError.is(error, "hostKeyMismatch"));
      assert.match(error.message, /^inner \(through 1 jump host\) presents another key/);
      assert.equal(error.data["host"], "inner");
      return true;
    });
    await delay(200);
    assert.equal(inner.authAttempts(), attempts);
    assert.deepEqual(childrenOf(bastion.pid), []);
  });

  it("A8 a changed key of the jump host is refused before the target is called", async () => {
    const called = inner.log().length;
    const attempts = bastion.authAttempts();
    await assert.rejects(connect(throughBastion({ bastion: inner.hostKey() }), options()), (error) => {
      assert(OpsError.is(error, "hostKeyMismatch"));
      assert.match(error.message, /^jump host bastion presents another key/);
      return true;
    });
    assert.equal(bastion.authAttempts(), attempts);
    assert.equal(inner.log().length, called);
  });

  it("A2 asks about an unknown target behind a jump host under its own name", async () => {
    const trust = trustThat("remember", folder.file("a2.json"));
    const transport = await connect(throughBastion({ inner: "" }), options(trust));
    await transport.close();
    assert.deepEqual(
      trust.questions.map((question) => question.storedAs),
      ["inner-key"],
    );
  });

  it("says which hop cannot reach the next one", async () => {
    const way = throughBastion({});
    const closed = { ...way, target: { ...way.target, port: 1 } };
    await assert.rejects(connect(closed, options()), (error) => {
      assert(OpsError.is(error, "hostUnreachable"));
      assert.match(error.message, /^jump host bastion could not reach inner/);
      return true;
    });
  });

  it("ends when the jump host ends", async () => {
    const transport = await connect(throughBastion({}), options());
    const closed = new Promise<OpsError | undefined>((resolve) => transport.onClosed(resolve));
    for (const pid of childrenOf(bastion.pid)) process.kill(pid, "SIGKILL");
    assert.equal((await closed)?.kind, "connectionLost");
    await transport.close();
  });
});
