import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { OpsError } from "#core/opsError";
import type { ResolveEnvironment } from "./resolveEnvironment.ts";
import { currentEnvironment } from "./resolveEnvironment.ts";
import { resolveHost } from "./resolveHost.ts";

const sshPath = currentEnvironment().sshPath;

describe("resolveHost", () => {
  let home: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "resolve-host-"));
    mkdirSync(join(home, ".ssh"));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  /** An environment with a home of its own; with `ssh` it asks the installed client. */
  function environment(config: string, way: "ssh" | "files"): ResolveEnvironment {
    const configFile = join(home, "config");
    writeFileSync(configFile, config);
    const base: ResolveEnvironment = {
      home,
      userName: "operator",
      userId: "1000",
      localHostName: "desk.example.org",
      platform: "linux",
      variables: { PATH: process.env["PATH"], HOME: home, SSH_AUTH_SOCK: "/agent.sock", KEYS: "/keys" },
      configFile,
    };
    return way === "ssh" && sshPath !== undefined ? { ...base, sshPath } : base;
  }

  const ways = sshPath === undefined ? (["files"] as const) : (["ssh", "files"] as const);
  for (const way of ways) {
    const through = way === "ssh" ? "through ssh -G" : "without an ssh client";

    it(`takes name, port, user, keys and lists from the configuration ${through}`, async () => {
      const config = `Host web
  HostName web-1.example.org
  Port 2222
  User deploy
  IdentityFile /keys/%r@%h
  IdentitiesOnly yes
  IdentityAgent none
  HostKeyAlias Web
  UserKnownHostsFile /lists/one /lists/two
  GlobalKnownHostsFile /lists/global
  RevokedHostKeys /lists/revoked
  PreferredAuthentications password,publickey
  CertificateFile /keys/web-cert.pub
`;
      const { jumps, target } = await resolveHost("web", environment(config, way));
      assert.deepEqual(jumps, []);
      assert.deepEqual(target, {
        alias: "web",
        hostName: "web-1.example.org",
        port: 2222,
        user: "deploy",
        hostKeyAlias: "web",
        identityFiles: ["/keys/deploy@web-1.example.org"],
        identitiesAreChosen: true,
        identitiesOnly: true,
        knownHostsFiles: ["/lists/one", "/lists/two", "/lists/global"],
        revokedKeysFiles: ["/lists/revoked"],
        authMethods: ["password", "publickey"],
        addressFamily: "any",
        notes: ["CertificateFile is not used: user certificates need the system's ssh."],
      });
    });

    it(`lets the reference win over the configuration ${through}`, async () => {
      const config = "Host *\n  User other\n  Port 99\n  IdentityAgent SSH_AUTH_SOCK\n";
      const { target } = await resolveHost("root@10.0.0.7:2200", environment(config, way));
      assert.equal(`${target.user}@${target.hostName}:${target.port}`, "root@10.0.0.7:2200");
      assert.equal(target.identityAgent, "/agent.sock");
      assert.equal(target.identitiesAreChosen, false);
    });

    it(`follows ProxyJump chains, each hop with its own configuration ${through}`, async () => {
      const config = `Host target
  ProxyJump outer,me@inner:2201
Host outer
  HostName 192.0.2.1
  ProxyJump none
Host inner
  HostName 10.1.1.1
  User ignored
`;
      const { jumps, target } = await resolveHost("target", environment(config, way));
      assert.deepEqual(
        [...jumps, target].map((hop) => `${hop.user}@${hop.hostName}:${hop.port}`),
        ["operator@192.0.2.1:22", "me@10.1.1.1:2201", "operator@target:22"].map((text) =>
          // The installed client takes the user from the system, not from the environment given here.
          way === "ssh" ? text.replace("operator", currentEnvironment().userName) : text,
        ),
      );
    });

    it(`refuses jump hosts that lead in a circle, and more than five ${through}`, async () => {
      const circle = "Host a\n ProxyJump b\nHost b\n ProxyJump a\n";
      await assert.rejects(resolveHost("a", environment(circle, way)), isBadInput(/lead back/));
      const long = "Host a\n ProxyJump j1,j2,j3,j4,j5,j6\n";
      await assert.rejects(resolveHost("a", environment(long, way)), isBadInput(/five/));
    });

    it(`names a ProxyCommand as the reason to refuse ${through}`, async () => {
      const config = `Host cloud\n  ProxyCommand touch ${home}/ran\nHost none\n  ProxyCommand none\n`;
      await assert.rejects(resolveHost("cloud", environment(config, way)), (error) => {
        assert(OpsError.is(error, "refused"));
        assert.match(error.message, /needs the system's ssh/);
        return true;
      });
      assert.equal((await resolveHost("none", environment(config, way))).target.hostName, "none");
      assert.equal(existsSync(join(home, "ran")), false);
    });

    it(`A9 a configured HostName with an option or a command in it is refused ${through}`, async () => {
      const config = "Host bad\n  HostName -oProxyCommand=x\n";
      await assert.rejects(resolveHost("bad", environment(config, way)), isBadInput(/HostName|hostname/i));
    });
  }

  it("A9 a reference outside the grammar is refused before any process is started", async () => {
    const marker = join(home, "ran");
    const trap = join(home, "ssh");
    writeFileSync(trap, `#!/bin/sh\ntouch ${marker}\n`);
    chmodSync(trap, 0o755);
    const trapped = { ...environment("", "files"), sshPath: trap };
    const references = [
      `-oProxyCommand=touch ${marker}`,
      "a;b",
      "$(x)",
      "%h",
      "a\nb",
      "a b",
      "`x`",
      "",
      "@host",
      "-l@host",
      "user@",
      "user@-host",
      "host:0",
      "host:65536",
      "host:22x",
      "[::1",
      "[host]:22",
      "[::1%$(x)]",
      "fe80::1%e;x",
      "user name@host",
      "a\0b",
      "höst",
      "host\u202e",
      "..",
      "a".repeat(254),
    ];
    for (const reference of references)
      await assert.rejects(resolveHost(reference, trapped), isBadInput(/is not a host/), JSON.stringify(reference));
    assert.equal(existsSync(marker), false);
    await assert.doesNotReject(resolveHost("plain", trapped));
    assert.equal(existsSync(marker), true, "the trap works");
  });

  it("A9 Match exec of the configuration is not run when there is no ssh client", async () => {
    const config = `Match exec "touch ${home}/ran"\n  User other\nHost *\n  User me\n`;
    const { target } = await resolveHost("web", environment(config, "files"));
    assert.equal(target.user, "me");
    assert.equal(existsSync(join(home, "ran")), false);
  });

  it("reads Include relative to the user's folder, with wildcards, and goes on after it", async () => {
    mkdirSync(join(home, ".ssh", "conf.d"));
    writeFileSync(join(home, ".ssh", "conf.d", "10-web.conf"), "Host web\n  HostName included.example.org\n");
    writeFileSync(join(home, ".ssh", "conf.d", "20-db.conf"), "Host db\n  HostName db.example.org\n");
    const config = "Include conf.d/*.conf\nHost web\n  Port 2022\nHost other\n  Include conf.d/20-db.conf\n";
    const { target } = await resolveHost("web", environment(config, "files"));
    assert.equal(`${target.hostName}:${target.port}`, "included.example.org:2022");
  });

  it("can be cancelled while a client is asked, and gives up on one that hangs", async function () {
    const slow = join(home, "ssh");
    writeFileSync(slow, "#!/bin/sh\nexec sleep 30\n");
    chmodSync(slow, 0o755);
    const controller = new AbortController();
    const attempt = resolveHost("web", { ...environment("", "files"), sshPath: slow }, controller.signal);
    setTimeout(() => controller.abort(), 50);
    const startedAt = Date.now();
    await assert.rejects(attempt, (error) => OpsError.is(error, "cancelled"));
    assert(Date.now() - startedAt < 5000);
  });

  if (sshPath !== undefined)
    it("means the same without an ssh client as with one", async function () {
      this.timeout(60_000);
      const word = fc.constantFrom("web", "db", "10.0.0.7", "alt.example.org");
      const line = fc.oneof(
        fc.tuple(
          fc.constantFrom("Host", "host"),
          fc.constantFrom("web", "db", "*", "w?b", "* !web", "web db", "!db *"),
        ),
        fc.tuple(
          fc.constantFrom("HostName", "hostname"),
          fc.constantFrom("a.example.org", "%h.example.org", "10.1.1.1"),
        ),
        fc.tuple(fc.constant("Port"), fc.constantFrom("22", "2222")),
        fc.tuple(fc.constant("User"), fc.constantFrom("one", "two")),
        fc.tuple(fc.constant("IdentityFile"), fc.constantFrom("/k/%r", "~/.ssh/%n-%p", '"/k/with space"', "none")),
        fc.tuple(fc.constant("IdentitiesOnly"), fc.constantFrom("yes", "no")),
        fc.tuple(fc.constant("HostKeyAlias"), fc.constantFrom("alias", "Other")),
        fc.tuple(fc.constant("UserKnownHostsFile"), fc.constantFrom("/l/one", "/l/one /l/two", "none")),
        fc.tuple(fc.constant("PasswordAuthentication"), fc.constantFrom("yes", "no")),
        fc.tuple(fc.constant("ProxyJump"), fc.constantFrom("none", "jump.example.org", "me@jump.example.org:2200")),
        fc.tuple(fc.constant("AddressFamily"), fc.constantFrom("any", "inet", "inet6")),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(line, { maxLength: 10 }), word, async (lines, host) => {
          const config = `${lines.map(([keyword, value]) => `${keyword} ${value}`).join("\n")}\nHost *\n  User last\n`;
          const outcomes: unknown[] = [];
          // The installed client knows its user from the system and not from what it is told.
          const { home, userName } = currentEnvironment();
          for (const way of ["ssh", "files"] as const)
            outcomes.push(
              await resolveHost(host, { ...environment(config, way), home, userName }).catch((error: unknown) =>
                error instanceof OpsError ? error.kind : error,
              ),
            );
          assert.deepEqual(outcomes[1], outcomes[0], config);
        }),
        { numRuns: 40 },
      );
    });

  it("reads IPv6 references with zone and port", async () => {
    const { target } = await resolveHost("root@[fe80::1%eth0]:2222", environment("", "files"));
    assert.equal(`${target.user} ${target.hostName} ${target.port}`, "root fe80::1%eth0 2222");
  });
});

function isBadInput(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert(OpsError.is(error, "badInput"), String(error));
    assert.match(error.message, message);
    return true;
  };
}
