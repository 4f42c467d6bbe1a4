import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { OpsError } from "#core/opsError";
import { runToEnd } from "#remote/shell/runToEnd";
import { connect } from "#remote/transport/connect";
import type { ConnectTiming } from "#remote/transport/timing";
import type { Transport } from "#remote/transport/transport";
import { ClientFolder, directly, loopbackHop, noPrompts, trustThat } from "#test/ssh/connectFixture";
import { childrenOf, LoopbackSshd, sshdMissing } from "../loopbackSshd.ts";

const missing = sshdMissing();
const limits = { timeoutMs: 20_000, limitBytes: 1 << 20 };

describe(`an SSH transport against a real sshd${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  const folder = new ClientFolder();
  const running: { sshd: LoopbackSshd; transports: Transport[] }[] = [];

  before(function () {
    if (missing !== undefined) this.skip();
  });
  after(() => folder.remove());
  afterEach(async () => {
    for (const { sshd, transports } of running.splice(0)) {
      for (const transport of transports) await transport.close();
      await sshd.stop();
    }
  });

  async function start(config: readonly string[] = []): Promise<LoopbackSshd> {
    const sshd = await LoopbackSshd.start({ config });
    running.push({ sshd, transports: [] });
    return sshd;
  }

  async function open(sshd: LoopbackSshd, timing: Partial<ConnectTiming> = {}): Promise<Transport> {
    const knownHosts = folder.file(`known_hosts_${sshd.port}`);
    writeFileSync(knownHosts, sshd.knownHostsLine());
    const hop = loopbackHop(sshd.port, { identityFiles: [sshd.userKeyPath], knownHostsFiles: [knownHosts] });
    const transport = await connect(directly(hop), {
      prompts: noPrompts,
      trust: trustThat("refuse", folder.file("trust.json")),
      signal: new AbortController().signal,
      timing,
    });
    running.find((entry) => entry.sshd === sshd)?.transports.push(transport);
    return transport;
  }

  it("gives output, error output, input and exit status of a command", async () => {
    const transport = await open(await start());
    const channel = await transport.exec("cat; echo to-stderr >&2; exit 7");
    const [stdout, stderr] = [collect(channel.stdout), collect(channel.stderr)];
    channel.stdin.end(Buffer.from([0, 1, 255, 10]));
    assert.deepEqual(await channel.exited, { code: 7 });
    assert.deepEqual(await stdout, Buffer.from([0, 1, 255, 10]));
    assert.equal((await stderr).toString(), "to-stderr\n");
    const killed = await transport.exec("kill -9 $$");
    killed.stdout.resume();
    assert.deepEqual(await killed.exited, { signal: "SIGKILL" });
  });

  it("does not stall when nobody reads the error output", async () => {
    const transport = await open(await start());
    const channel = await transport.exec("head -c 6000000 /dev/zero >&2; echo done");
    assert.equal((await collect(channel.stdout)).toString(), "done\n");
    assert.deepEqual(await channel.exited, { code: 0 });
  });

  it("F2 ends a command that prints more than its limit, and the connection lives on", async () => {
    const transport = await open(await start());
    const memoryBefore = process.memoryUsage().rss;
    const channel = await transport.exec("cat /dev/zero", { maxStdoutBytes: 5_000_000 });
    channel.stdout.resume();
    const exit = await channel.exited;
    assert.equal(exit.failure?.kind, "protocolViolation");
    assert(process.memoryUsage().rss - memoryBefore < 100 << 20);
    assert.equal((await runToEnd(transport, "echo alive", limits)).stdout, "alive\n");
  });

  it("stops the remote writer while nobody reads, and loses nothing", async () => {
    const transport = await open(await start());
    const channel = await transport.exec("seq 1 2000000");
    await delay(300);
    assert(channel.stdout.readableLength <= 2 << 20, `${channel.stdout.readableLength} bytes wait`);
    const text = (await collect(channel.stdout)).toString();
    assert.equal(text.length, 14_888_896);
    assert(text.endsWith("\n2000000\n"));
  });

  for (const sessions of [1, 10])
    it(`A13 25 commands at once succeed on a server with MaxSessions ${sessions}`, async function () {
      this.timeout(40_000);
      const transport = await open(await start([`MaxSessions ${sessions}`]));
      const results = await Promise.all(
        Array.from({ length: 25 }, async (_, index) => runToEnd(transport, `sleep 0.05; echo ${index}`, limits)),
      );
      assert.deepEqual(
        results.map((result) => result.stdout.trim()),
        Array.from({ length: 25 }, (_, index) => String(index)),
      );
    });

  it("A13 says so when a long command holds the only session", async () => {
    const transport = await open(await start(["MaxSessions 1"]));
    const holder = await transport.exec("cat");
    holder.stdout.resume();
    const refused = await transport.exec("true", { openTimeoutMs: 500 }).then(
      () => undefined,
      (error: OpsError) => error,
    );
    assert.equal(refused?.kind, "refused");
    assert.match(refused?.message ?? "", /1 at a time/);
    holder.stdin.end();
    await holder.exited;
    assert.equal((await runToEnd(transport, "echo free", limits)).stdout, "free\n");
  });

  it("cancels a command that waits for its turn, and one that waits for the server", async () => {
    const sshd = await start(["MaxSessions 1"]);
    const transport = await open(sshd);
    const holder = await transport.exec("cat");
    holder.stdout.resume();
    const controller = new AbortController();
    const waiting = transport.exec("true", { signal: controller.signal });
    await delay(100);
    const startedAt = Date.now();
    controller.abort();
    await assert.rejects(waiting, (error: OpsError) => error.kind === "cancelled");
    assert(Date.now() - startedAt < 2000);
    holder.stdin.end();
    await holder.exited;
    assert.equal((await runToEnd(transport, "echo free", limits)).stdout, "free\n");
  });

  it("A11 a frozen sshd is noticed: the connection is lost, and what ran is not known", async function () {
    this.timeout(20_000);
    const sshd = await start();
    const transport = await open(sshd, { keepaliveIntervalMs: 300, keepaliveCount: 2 });
    const channel = await transport.exec("sleep 60");
    channel.stdout.resume();
    const closed = new Promise<OpsError | undefined>((resolve) => transport.onClosed(resolve));
    const frozen = childrenOf(sshd.pid);
    assert(frozen.length > 0);
    for (const pid of frozen) process.kill(pid, "SIGSTOP");
    const startedAt = Date.now();
    const reason = await closed;
    assert(Date.now() - startedAt < 8000);
    assert.equal(reason?.kind, "connectionLost");
    assert.equal(reason?.data["reason"], "noAnswer");
    assert.match(reason?.message ?? "", /not known/);
    assert.equal((await channel.exited).failure?.kind, "connectionLost");
    await assert.rejects(transport.exec("true"), (error: OpsError) => error.kind === "connectionLost");
    const closing = Date.now();
    await transport.close();
    assert(Date.now() - closing < 2000);
  });

  it("closes within two seconds though the server is frozen", async () => {
    const sshd = await start();
    const transport = await open(sshd);
    for (const pid of childrenOf(sshd.pid)) process.kill(pid, "SIGSTOP");
    const startedAt = Date.now();
    await transport.close();
    assert(Date.now() - startedAt < 2000);
    assert.equal(transport.isClosed, true);
  });

  it("tells a killed server from one that was left", async () => {
    const sshd = await start();
    const transport = await open(sshd);
    const channel = await transport.exec("sleep 60");
    channel.stdout.resume();
    const closed = new Promise<OpsError | undefined>((resolve) => transport.onClosed(resolve));
    for (const pid of childrenOf(sshd.pid)) process.kill(pid, "SIGKILL");
    assert.equal((await closed)?.kind, "connectionLost");
    assert.equal((await channel.exited).failure?.kind, "connectionLost");

    const other = await open(sshd);
    const reason = new Promise<OpsError | undefined>((resolve) => other.onClosed(resolve));
    await other.close();
    assert.equal(await reason, undefined);
    assert.equal(await new Promise((resolve) => other.onClosed(resolve)), undefined);
  });

  it("A14 a rekey every megabyte changes no byte, and does not ask about the key again", async function () {
    this.timeout(30_000);
    const transport = await open(await start(["RekeyLimit 1M"]));
    const channel = await transport.exec("seq 1 2000000");
    const text = (await collect(channel.stdout)).toString();
    assert.equal(text.length, 14_888_896);
    const upload = await transport.exec("sha256sum");
    const sum = collect(upload.stdout);
    upload.stdin.end(Buffer.alloc(8 << 20, "up"));
    assert.match((await sum).toString(), /^[0-9a-f]{64}/);
  });

  it("sends small packets at once (TCP_NODELAY)", async () => {
    const transport = await open(await start());
    const channel = await transport.exec("cat");
    const startedAt = performance.now();
    for (let round = 0; round < 20; round += 1) {
      const answer = new Promise((resolve) => channel.stdout.once("data", resolve));
      channel.stdin.write("a");
      channel.stdin.write("b");
      await answer;
    }
    const perRound = (performance.now() - startedAt) / 20;
    channel.stdin.end();
    channel.stdout.resume();
    await channel.exited;
    // Without it, Nagle and delayed acknowledgements cost 40 ms a round.
    assert(perRound < 30, `${perRound.toFixed(1)} ms a round`);
  });
});

async function collect(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => stream.on("end", resolve));
  return Buffer.concat(chunks);
}
