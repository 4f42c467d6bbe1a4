import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Server, Socket } from "node:net";
import { createServer, connect as dial } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Connection, ParsedKey } from "ssh2";
import { utils } from "ssh2";
import { OpsError } from "#core/opsError";
import type { OpsErrorKind } from "#core/opsError";
import { ClientFolder, directly, loopbackHop, noPrompts, trustThat } from "#test/ssh/connectFixture";
import { FakeSshServer, newKeyPair } from "#test/ssh/fakeSshServer";
import type { ResolvedHop } from "../config/resolvedHost.ts";
import { runToEnd } from "../shell/runToEnd.ts";
import { connect } from "./connect.ts";
import type { ConnectOptions } from "./connect.ts";
import type { PhaseReport, Transport } from "./transport.ts";

const hostKey = newKeyPair();
const otherHostKey = newKeyPair();
const userKey = newKeyPair();

describe("connect", () => {
  const folder = new ClientFolder();
  const servers: FakeSshServer[] = [];
  const toys: { server: Server; sockets: Set<Socket> }[] = [];
  after(() => folder.remove());
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
    for (const toy of toys.splice(0)) {
      for (const socket of toy.sockets) socket.destroy();
      await new Promise<void>((resolve) => toy.server.close(() => resolve()));
    }
  });

  async function fake(options: Partial<Parameters<typeof FakeSshServer.start>[0]> = {}): Promise<FakeSshServer> {
    const server = await FakeSshServer.start({ hostKeys: [hostKey.privateKey], ...options });
    servers.push(server);
    return server;
  }

  async function toy(behave: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
      // A socket that is not read does not notice that the other end is gone.
      socket.resume();
      behave(socket);
    });
    toys.push({ server, sockets });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  let fileNumber = 0;
  function newFile(content?: string): string {
    fileNumber += 1;
    const path = folder.file(`file-${fileNumber}`);
    if (content !== undefined) writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  function knownHosts(port: number, publicKey = hostKey.publicKey): string {
    return newFile(`[127.0.0.1]:${port} ${publicKey}\n`);
  }

  function knownHop(port: number, changes: Partial<ResolvedHop> = {}): ResolvedHop {
    return loopbackHop(port, {
      identityFiles: [newFile(userKey.privateKey)],
      knownHostsFiles: [knownHosts(port)],
      ...changes,
    });
  }

  function options(changes: Partial<ConnectOptions> = {}): ConnectOptions {
    return {
      prompts: noPrompts,
      trust: trustThat("refuse", newFile()),
      signal: new AbortController().signal,
      ...changes,
    };
  }

  async function connectTo(hop: ResolvedHop, changes: Partial<ConnectOptions> = {}): Promise<Transport> {
    return connect(directly(hop), options(changes));
  }

  it("reports the phases, what was negotiated, and runs a command", async () => {
    const server = await fake({ banner: "Authorised use only\u001b[2J" });
    const phases: PhaseReport["phase"][] = [];
    const transport = await connectTo(knownHop(server.port), { onPhase: (report) => phases.push(report.phase) });
    const result = await runToEnd(transport, "printf 'x y'", { timeoutMs: 5000, limitBytes: 100 });
    assert.equal(result.stdout, "printf 'x y'");
    assert.equal(result.code, 0);
    assert.deepEqual(phases, ["resolve", "tcp", "hostKey", "auth", "ready"]);
    const [hop] = transport.info.hops;
    assert.match(hop?.fingerprint ?? "", /^SHA256:/);
    assert.equal(hop?.keyType, "ssh-ed25519");
    assert.match(hop?.cipher ?? "", /gcm|ctr|chacha/);
    assert.equal(hop?.banner.includes("\u001b"), false);
    assert.match(hop?.banner ?? "", /^Authorised use only\\u\{1b\}/);
    await transport.close();
    assert.equal(transport.isClosed, true);
  });

  it("A1 a server with a wrong key is refused, whatever else would have worked", async () => {
    // The test of the verifier's presence: without one, ssh2 logs in to this server.
    const server = await fake({ hostKeys: [otherHostKey.privateKey], onAuthentication: (context) => context.accept() });
    await assert.rejects(connectTo(knownHop(server.port)), isKind("hostKeyMismatch"));
    await delay(50);
    assert.deepEqual(server.attempts, []);
    assert.equal(server.openSockets, 0);
  });

  it("A1 an unknown host without anybody to ask is refused, and nothing is sent to it", async () => {
    const server = await fake();
    await assert.rejects(connectTo(knownHop(server.port, { knownHostsFiles: [] })), isKind("hostKeyUnknown"));
    await delay(50);
    assert.deepEqual(server.attempts, []);
  });

  it("A2 another key on the second call is refused, and the approved one is what the store holds", async () => {
    const first = await fake();
    const { port } = first;
    let second: FakeSshServer | undefined;
    const trust = trustThat(async () => {
      await first.stop();
      servers.splice(servers.indexOf(first), 1);
      second = await startOn(port, otherHostKey.privateKey);
      return "remember";
    }, newFile());
    await assert.rejects(connectTo(knownHop(port, { knownHostsFiles: [] }), { trust }), isKind("hostKeyMismatch"));
    assert.deepEqual(second?.attempts, []);
    assert.equal(trust.questions.length, 1);
    assert.deepEqual(
      (await trust.store.lookup(`[127.0.0.1]:${port}`)).map((entry) => entry.key),
      [hostKey.blob],
    );
  });

  async function startOn(port: number, privateKey: string): Promise<FakeSshServer> {
    const server = await FakeSshServer.start({ hostKeys: [privateKey], port });
    servers.push(server);
    return server;
  }

  it("A2 a key that is accepted once is not stored", async () => {
    const server = await fake();
    const trust = trustThat("once", newFile());
    const transport = await connectTo(knownHop(server.port, { knownHostsFiles: [] }), { trust });
    await transport.close();
    assert.deepEqual(await trust.store.names(), []);
  });

  it("shows known keys of other types when it asks about a new one", async () => {
    const server = await fake();
    const rsa = newKeyPair("rsa");
    const trust = trustThat("refuse", newFile());
    const hop = knownHop(server.port, { knownHostsFiles: [knownHosts(server.port, rsa.publicKey)] });
    await assert.rejects(connectTo(hop, { trust }), isKind("hostKeyUnknown"));
    assert.equal(trust.questions[0]?.otherKnownKeys[0]?.keyType, "ssh-rsa");
  });

  it("A5 a revoked key is refused though the store approves it", async () => {
    const server = await fake();
    const trust = trustThat("remember", newFile());
    await trust.store.add(`[127.0.0.1]:${server.port}`, hostKey.blob);
    const revoked = newFile(`@revoked * ${hostKey.publicKey}\n`);
    const hop = knownHop(server.port, { knownHostsFiles: [knownHosts(server.port), revoked] });
    await assert.rejects(connectTo(hop, { trust }), isKind("hostKeyRevoked"));
    assert.deepEqual(server.attempts, []);
  });

  it("A6 a host known by an authority only is refused with the way out, and not asked about", async () => {
    const server = await fake();
    const trust = trustThat("remember", newFile());
    const authority = newFile(`@cert-authority * ${otherHostKey.publicKey}\n`);
    await assert.rejects(connectTo(knownHop(server.port, { knownHostsFiles: [authority] }), { trust }), (error) => {
      assert(OpsError.is(error, "hostKeyCaOnly"));
      assert.match(error.message, /system's ssh/);
      return true;
    });
    assert.equal(trust.questions.length, 0);
  });

  it("A7 an unreadable list of known hosts ends the attempt before a connection is made", async () => {
    const server = await fake();
    const hop = knownHop(server.port, { knownHostsFiles: [knownHosts(server.port), folder.path] });
    await assert.rejects(connectTo(hop), isKind("hostKeyUnreadable"));
    assert.equal(server.connections.count, 0);
  });

  it("accepts a key that is known for the host on port 22, as OpenSSH does", async () => {
    const server = await fake();
    const hop = knownHop(server.port, { knownHostsFiles: [newFile(`127.0.0.1 ${hostKey.publicKey}\n`)] });
    await (await connectTo(hop)).close();
  });

  it("looks a host up under its HostKeyAlias only", async () => {
    const server = await fake();
    const alias = newFile(`web ${hostKey.publicKey}\n`);
    await (await connectTo(knownHop(server.port, { knownHostsFiles: [alias], hostKeyAlias: "web" }))).close();
    const hop = knownHop(server.port, { hostKeyAlias: "db" });
    await assert.rejects(connectTo(hop), isKind("hostKeyUnknown"));
  });

  describe("A12 what answers is not what was expected", () => {
    const timing = { readyTimeoutMs: 700 };

    it("A12 a closed port", async () => {
      const port = await toy(() => {});
      const last = toys.pop();
      await new Promise<void>((resolve) => last?.server.close(() => resolve()));
      await assert.rejects(connectTo(knownHop(port)), (error) => {
        assert(OpsError.is(error, "hostUnreachable"));
        assert.equal(error.data["reason"], "refused");
        return true;
      });
    });

    it("A12 a name that does not exist", async () => {
      await assert.rejects(connectTo(knownHop(22, { hostName: "host.invalid" })), (error) => {
        assert(OpsError.is(error, "hostUnreachable"));
        assert.equal(error.data["reason"], "nameNotFound");
        return true;
      });
    });

    it("A12 a server that accepts and says nothing", async () => {
      const port = await toy(() => {});
      const startedAt = Date.now();
      await assert.rejects(connectTo(knownHop(port), { timing }), isKind("timedOut"));
      assert(Date.now() - startedAt < 8000);
    });

    it("A12 a server that cuts the connection at once", async () => {
      const port = await toy((socket) => socket.resetAndDestroy());
      await assert.rejects(connectTo(knownHop(port)), isKind("connectionLost", "hostUnreachable"));
      const polite = await toy((socket) => socket.end());
      await assert.rejects(connectTo(knownHop(polite)), isKind("connectionLost"));
    });

    it("A12 another protocol, whose words are shown escaped", async () => {
      const port = await toy((socket) => socket.write("HTTP/1.1 400 \u001b]0;owned\u0007Bad Request\r\n"));
      await assert.rejects(connectTo(knownHop(port)), (error) => {
        assert(OpsError.is(error, "protocolViolation"));
        assert.match(error.message, /HTTP\/1.1 400 \\u\{1b\}/);
        assert.doesNotMatch(error.message, /\u001b/);
        return true;
      });
    });

    it("A12 garbage, and a 1 GB banner, cost bounded time and memory", async function () {
      this.timeout(10_000);
      for (const piece of [Buffer.alloc(1 << 20, "x"), Buffer.from("garbage\n".repeat(10_000))]) {
        let sent = 0;
        const port = await toy((socket) => {
          const pump = (): void => {
            while (sent < 1 << 30 && socket.write(piece)) sent += piece.length;
          };
          socket.on("drain", pump);
          pump();
        });
        const memoryBefore = process.memoryUsage().rss;
        const startedAt = Date.now();
        await assert.rejects(connectTo(knownHop(port)), isKind("protocolViolation"));
        assert(Date.now() - startedAt < 8000);
        assert(process.memoryUsage().rss - memoryBefore < 64 << 20);
        assert(sent < 64 << 20, `the server could send ${sent} bytes`);
      }
    });

    it("A12 one byte a second runs into the limit, however right the bytes are", async () => {
      const port = await toy((socket) => {
        const greeting = "SSH-2.0-Slow_1.0\r\n";
        let index = 0;
        const timer = setInterval(() => socket.write(greeting[index++ % greeting.length] ?? ""), 100);
        socket.on("close", () => clearInterval(timer));
      });
      const startedAt = Date.now();
      await assert.rejects(connectTo(knownHop(port), { timing }), isKind("timedOut"));
      assert(Date.now() - startedAt < 8000);
    });

    it("A12 a handshake that stops half way", async () => {
      const port = await toy((socket) => socket.write("SSH-2.0-Half\r\n"));
      await assert.rejects(connectTo(knownHop(port), { timing }), isKind("timedOut"));
    });

    it("A12 garbage after the greeting", async () => {
      const port = await toy((socket) => socket.write(`SSH-2.0-Bad\r\n${"\xff".repeat(4000)}`));
      await assert.rejects(connectTo(knownHop(port), { timing }), isKind("protocolViolation", "connectionLost"));
    });

    it("A12 a greeting in single bytes from a healthy server still connects", async () => {
      const server = await fake();
      const port = await toy((socket) => {
        const upstream = dial({ host: "127.0.0.1", port: server.port });
        let isGreeting = true;
        upstream.on("error", () => {}).on("close", () => socket.destroy());
        socket.on("close", () => upstream.destroy());
        socket.pipe(upstream);
        upstream.on("data", (chunk: Buffer) => {
          if (isGreeting) void drip(chunk);
          else socket.write(chunk);
        });
        const drip = async (chunk: Buffer): Promise<void> => {
          isGreeting = false;
          upstream.pause();
          for (const byte of chunk.subarray(0, 12)) {
            socket.write(Buffer.from([byte]));
            await delay(5);
          }
          socket.write(chunk.subarray(12));
          upstream.resume();
        };
      });
      const transport = await connectTo(knownHop(port));
      await transport.close();
    });
  });

  it("A18 a server with old algorithms only is refused by default, and used with consent", async () => {
    const server = await fake({
      hostKeys: [newKeyPair("rsa").privateKey],
      algorithms: { serverHostKey: ["ssh-rsa"], kex: ["diffie-hellman-group14-sha1"], hmac: ["hmac-sha1"] },
    });
    await assert.rejects(connectTo(knownHop(server.port)), isKind("protocolMismatch"));
    const trust = trustThat("once", newFile());
    const hop = knownHop(server.port, { knownHostsFiles: [] });
    const transport = await connectTo(hop, { trust, allowLegacyAlgorithms: true });
    assert.equal(transport.info.hops[0]?.keyExchange, "diffie-hellman-group14-sha1");
    await transport.close();
  });

  it("A12 a jump host that never answers a forwarding request runs into the limit, and can be cancelled", async () => {
    const bastion = await fake({
      onConnection: (connection) => connection.on("tcpip", () => {}),
    });
    const way = {
      reference: "inner",
      jumps: [knownHop(bastion.port, { alias: "bastion" })],
      target: knownHop(1, { alias: "inner" }),
    };
    await assert.rejects(connect(way, options({ timing: { readyTimeoutMs: 500 } })), (error) => {
      assert(OpsError.is(error, "timedOut"));
      assert.match(error.message, /^inner \(through 1 jump host\)/);
      return true;
    });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    const startedAt = Date.now();
    await assert.rejects(connect(way, options({ signal: controller.signal })), isKind("cancelled"));
    assert(Date.now() - startedAt < 2000);
    await delay(50);
    assert.equal(bastion.openSockets, 0);
  });

  it("A12 a server that sends past its window while nobody reads is cut off in bounded memory", async function () {
    this.timeout(20_000);
    const server = await fake({
      onSession: (session) =>
        session.on("exec", (accept) => {
          const channel = accept();
          const { _client: client, outgoing } = channel as unknown as {
            _client: { _protocol: { channelData(id: number, data: Buffer): void } };
            outgoing: { id: number };
          };
          // The channel's own write keeps to the window; this is what a hostile server does.
          for (let piece = 0; piece < 2000; piece += 1)
            client._protocol.channelData(outgoing.id, Buffer.alloc(32_000, "f"));
        }),
    });
    const transport = await connectTo(knownHop(server.port));
    const channel = await transport.exec("anything");
    const deadline = Date.now() + 10_000;
    while (!channel.stdout.destroyed && Date.now() < deadline) {
      assert(channel.stdout.readableLength <= 2 << 20);
      await delay(20);
    }
    assert.equal(channel.stdout.destroyed, true, "the channel was closed");
    await transport.close();
    assert.equal((await channel.exited).failure?.kind, "protocolViolation");
  });

  it("A1 a server that shows another key when it negotiates again is left", async () => {
    let connection: Connection | undefined;
    const server = await fake({
      onConnection: (opened) => {
        connection = opened;
      },
    });
    const transport = await connectTo(knownHop(server.port));
    const closed = new Promise<OpsError | undefined>((resolve) => transport.onClosed(resolve));
    // ssh2 has no public way to make a server change its key.
    const { _protocol: protocol } = connection as unknown as { _protocol: { _hostKeys: Record<string, ParsedKey> } };
    protocol._hostKeys["ssh-ed25519"] = utils.parseKey(otherHostKey.privateKey) as ParsedKey;
    connection?.rekey();
    assert.equal((await closed)?.kind, "connectionLost");
  });

  it("A1 one place only makes SSH clients, and it verifies", () => {
    const sources = readdirSync(join(import.meta.dirname, ".."), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .map((name) => ({ name, text: readFileSync(join(import.meta.dirname, "..", name), "utf8") }));
    const makers = sources.filter(({ text }) => /\bnew Client\(/.test(text));
    assert.deepEqual(
      makers.map(({ name }) => name.replaceAll("\\", "/")),
      ["transport/openHop.ts"],
    );
    assert.match(makers[0]?.text ?? "", /\bhostVerifier:/);
  });

  describe("cancelling", () => {
    const stages: readonly (readonly [name: string, delayMs: number, behave: (socket: Socket) => void])[] = [
      ["while nothing answers", 50, () => {}],
      ["in the handshake", 50, (socket) => socket.write("SSH-2.0-Half\r\n")],
      ["before it began", 0, () => {}],
    ];
    for (const [name, delayMs, behave] of stages)
      it(`G5 settles at once and leaves no socket ${name}`, async () => {
        const port = await toy(behave);
        const controller = new AbortController();
        const attempt = connectTo(knownHop(port), { signal: controller.signal });
        if (delayMs > 0) await delay(delayMs);
        const startedAt = Date.now();
        controller.abort();
        await assert.rejects(attempt, isKind("cancelled"));
        assert(Date.now() - startedAt < 2000);
        await delay(50);
        assert.equal(toys.at(-1)?.sockets.size, 0);
      });

    it("G5 settles while a question about the key is open", async () => {
      const server = await fake();
      const controller = new AbortController();
      const trust = trustThat(async () => {
        controller.abort();
        await delay(20);
        return "remember";
      }, newFile());
      const attempt = connectTo(knownHop(server.port, { knownHostsFiles: [] }), { trust, signal: controller.signal });
      await assert.rejects(attempt, isKind("cancelled"));
      assert.deepEqual(await trust.store.names(), []);
      await delay(100);
      assert.equal(server.openSockets, 0);
    });

    it("G5 settles while nobody answers a question about the key", async () => {
      const server = await fake();
      const controller = new AbortController();
      const trust = trustThat(async () => new Promise(() => {}), newFile());
      const attempt = connectTo(knownHop(server.port, { knownHostsFiles: [] }), { trust, signal: controller.signal });
      setTimeout(() => controller.abort(), 100);
      await assert.rejects(attempt, isKind("cancelled"));
    });

    it("G5 settles at any moment, and leaves no connection", async function () {
      this.timeout(30_000);
      const server = await fake();
      for (let round = 0; round < 40; round += 1) {
        const controller = new AbortController();
        const timer = setTimeout(() => controller.abort(), round * 2);
        const outcome = connectTo(knownHop(server.port), { signal: controller.signal }).then(
          async (transport) => transport.close(),
          (error: unknown) => isKind("cancelled")(error),
        );
        await Promise.race([outcome, delay(2000).then(() => assert.fail("did not settle within 2 s"))]);
        clearTimeout(timer);
      }
      await delay(100);
      assert.equal(server.openSockets, 0);
    });

    it("G5 leaves no timer behind, whatever the outcome", async () => {
      const server = await fake();
      const before = timers();
      await (await connectTo(knownHop(server.port))).close();
      await assert.rejects(connectTo(knownHop(server.port, { knownHostsFiles: [] })));
      const port = await toy((socket) => socket.write("SSH-2.0-Half\r\n"));
      await assert.rejects(connectTo(knownHop(port), { timing: { readyTimeoutMs: 100 } }));
      await delay(50);
      assert(timers() <= before, `${timers()} timers after, ${before} before`);
    });
  });
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}

function isKind(...kinds: readonly OpsErrorKind[]): (error: unknown) => boolean {
  return (error) => {
    assert(OpsError.is(error, ...kinds), String(error instanceof OpsError ? `${error.kind}: ${error.message}` : error));
    return true;
  };
}
