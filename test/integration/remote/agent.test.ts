import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { OpsError } from "#core/opsError";
import type { ResolvedHop } from "#remote/config/resolvedHost";
import { connect } from "#remote/transport/connect";
import { ClientFolder, directly, loopbackHop, noPrompts, trustThat } from "#test/ssh/connectFixture";
import { LoopbackSshd, newKey, sshdMissing } from "../loopbackSshd.ts";

const missing = sshdMissing();

describe(`an agent with many keys${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  const folder = new ClientFolder();
  const socket = folder.file("agent.sock");
  let agent: ChildProcess | undefined;
  let sshd: LoopbackSshd;
  let knownHosts: string;

  before(async function () {
    if (missing !== undefined) this.skip();
    this.timeout(30_000);
    sshd = await LoopbackSshd.start({ config: ["MaxAuthTries 3"] });
    knownHosts = folder.file("known_hosts");
    writeFileSync(knownHosts, sshd.knownHostsLine());
    agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    while (!existsSync(socket)) await delay(20);
    const keys = Array.from({ length: 19 }, (_, index) => newKey(folder.path, `other_${index}`, "ed25519"));
    // The right one is the last that the agent lists.
    execFileSync("ssh-add", ["-q", ...keys, sshd.userKeyPath], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
      stdio: "ignore",
    });
  });
  after(async () => {
    agent?.kill();
    await sshd?.stop();
    folder.remove();
  });

  async function logIn(changes: Partial<ResolvedHop>): Promise<void> {
    const hop = loopbackHop(sshd.port, { knownHostsFiles: [knownHosts], identityAgent: socket, ...changes });
    const transport = await connect(directly(hop), {
      prompts: noPrompts,
      trust: trustThat("refuse", folder.file("trust.json")),
      signal: new AbortController().signal,
    });
    await transport.close();
  }

  it("A15 offers the key that the configuration names first, from its public half alone", async () => {
    const publicHalf = folder.file("named.pub");
    writeFileSync(publicHalf, readFileSync(`${sshd.userKeyPath}.pub`));
    const attempts = sshd.log().length;
    await logIn({ identityFiles: [publicHalf], identitiesOnly: false });
    assert.equal(
      sshd
        .log()
        .slice(attempts)
        .match(/Failed publickey/g),
      null,
    );
  });

  it("A15 offers no other key of the agent with IdentitiesOnly", async () => {
    const stranger = newKey(folder.path, "stranger", "ed25519");
    const before = sshd.log().length;
    await assert.rejects(
      logIn({ identityFiles: [stranger], identitiesOnly: true }),
      isAuthFailed(/did not accept root/),
    );
    await delay(100);
    const offered =
      sshd
        .log()
        .slice(before)
        .match(/Failed publickey/g)?.length ?? 0;
    assert(offered <= 1, `${offered} keys were offered`);
    await logIn({ identityFiles: [sshd.userKeyPath], identitiesOnly: true });
  });

  it("A15 offers a file that was chosen for the host before the rest of a full agent", async () => {
    const chosen = folder.file("copy");
    writeFileSync(chosen, readFileSync(sshd.userKeyPath), { mode: 0o600 });
    writeFileSync(`${chosen}.pub`, readFileSync(`${sshd.userKeyPath}.pub`));
    await logIn({ identityFiles: [chosen], identitiesOnly: false });
  });

  it("A15 says what to do when the right key is one of too many", async () => {
    await assert.rejects(
      logIn({ identityFiles: [], identitiesAreChosen: false, identitiesOnly: false }),
      isAuthFailed(/too many failed attempts|only the first 5/),
    );
  });

  it("A17 names the certificates that the agent holds when nothing else works", async () => {
    const certified = newKey(folder.path, "certified", "ed25519");
    const authority = newKey(folder.path, "authority", "ed25519");
    execFileSync("ssh-keygen", ["-q", "-s", authority, "-I", "me", "-n", "root", `${certified}.pub`], {
      stdio: "ignore",
    });
    const environment = { ...process.env, SSH_AUTH_SOCK: socket };
    execFileSync("ssh-add", ["-q", "-D"], { env: environment, stdio: "ignore" });
    execFileSync("ssh-add", ["-q", certified], { env: environment, stdio: "ignore" });
    await assert.rejects(
      logIn({ identitiesAreChosen: false, identitiesOnly: false }),
      isAuthFailed(/agent holds 1 key\(s\) that need the system's ssh: ssh-ed25519-cert-v01@openssh.com/),
    );
  });

  it("goes on without an agent that is gone", async () => {
    await logIn({ identityFiles: [sshd.userKeyPath], identityAgent: folder.file("nobody.sock") });
  });
});

function isAuthFailed(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert(OpsError.is(error, "authFailed"), String(error));
    assert.match(error.message, message);
    assert.match(error.nextStep, /IdentityFile/);
    return true;
  };
}
