import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AuthContext, KeyboardAuthContext, ParsedKey } from "ssh2";
import { utils } from "ssh2";
import { OpsError } from "#core/opsError";
import type { OpsErrorKind } from "#core/opsError";
import { ClientFolder, directly, loopbackHop, noPrompts, trustThat } from "#test/ssh/connectFixture";
import { FakeSshServer, newKeyPair } from "#test/ssh/fakeSshServer";
import type { ResolvedHop } from "../config/resolvedHost.ts";
import { connect } from "../transport/connect.ts";
import type { AuthPrompts, ServerQuestion } from "./authPrompts.ts";

const hostKey = newKeyPair();

describe("logging in", () => {
  const folder = new ClientFolder();
  const servers: FakeSshServer[] = [];
  after(() => folder.remove());
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });

  async function serverThat(onAuthentication: (context: AuthContext, attempt: number) => void): Promise<FakeSshServer> {
    const server = await FakeSshServer.start({ hostKeys: [hostKey.privateKey], onAuthentication });
    servers.push(server);
    return server;
  }

  async function logIn(server: FakeSshServer, prompts: Partial<AuthPrompts>, changes: Partial<ResolvedHop> = {}) {
    const knownHosts = folder.file("known_hosts");
    writeFileSync(knownHosts, `[127.0.0.1]:${server.port} ${hostKey.publicKey}\n`);
    const hop = loopbackHop(server.port, { user: "deploy", knownHostsFiles: [knownHosts], ...changes });
    const transport = await connect(directly(hop), {
      prompts: { ...noPrompts, ...prompts },
      trust: trustThat("refuse", folder.file("trust.json")),
      signal: new AbortController().signal,
    });
    await transport.close();
  }

  function keyFile(name: string, passphrase = "", format: "openssh" | "PEM" = "openssh"): string {
    const path = folder.file(name);
    const type = format === "PEM" ? ["-t", "rsa", "-b", "2048", "-m", "PEM"] : ["-t", "ed25519"];
    execFileSync("ssh-keygen", ["-q", "-a", "1", ...type, "-N", passphrase, "-f", path, "-C", name]);
    return path;
  }

  function accepts(path: string): (context: AuthContext) => boolean {
    const key = utils.parseKey(readFileSync(`${path}.pub`)) as ParsedKey;
    return (context) => {
      if (context.method !== "publickey" || !context.key.data.equals(key.getPublicSSH())) return false;
      if (context.signature === undefined) return true;
      // Declared as a boolean, ssh2 answers with an Error for a signature that it cannot read.
      const verified: unknown = key.verify(context.blob ?? Buffer.alloc(0), context.signature, context.hashAlgo);
      return verified === true;
    };
  }

  it("uses an identity file without a passphrase", async () => {
    const path = keyFile("plain");
    const isRight = accepts(path);
    const server = await serverThat((context) => (isRight(context) ? context.accept() : context.reject(["publickey"])));
    await logIn(server, {}, { identityFiles: [folder.file("absent"), path] });
  });

  for (const format of ["openssh", "PEM"] as const)
    it(`asks for the passphrase of an ${format} key until it is right, and wipes what was typed`, async () => {
      const path = keyFile(`locked-${format}`, "right", format);
      const isRight = accepts(path);
      const server = await serverThat((context) =>
        isRight(context) ? context.accept() : context.reject(["publickey"]),
      );
      const typed: Buffer[] = [];
      await logIn(
        server,
        {
          askPassphrase: (question) => {
            assert.equal(question.keyPath, path);
            assert.equal(question.attempt, typed.length + 1);
            const answer = Buffer.from(typed.length === 0 ? "wrong" : "right");
            typed.push(answer);
            return Promise.resolve(answer);
          },
        },
        { identityFiles: [path] },
      );
      assert.equal(typed.length, 2);
      assert(typed.every((buffer) => buffer.every((byte) => byte === 0)));
    });

  it("does not ask for the passphrase of a key that the server does not accept", async () => {
    const path = keyFile("unwanted", "secret");
    const server = await serverThat((context) => context.reject(["publickey"]));
    await assert.rejects(logIn(server, {}, { identityFiles: [path] }), isKind("authFailed"));
    assert.deepEqual(server.attempts, ["publickey"]);
  });

  it("asks for the passphrase first when only the encrypted part would tell the public key", async () => {
    const path = keyFile("no-public-half", "secret", "PEM");
    const isRight = accepts(path);
    rmSync(`${path}.pub`);
    const server = await serverThat((context) => (isRight(context) ? context.accept() : context.reject(["publickey"])));
    await logIn(server, { askPassphrase: () => Promise.resolve(Buffer.from("secret")) }, { identityFiles: [path] });
  });

  it("passes over a key for an empty passphrase, and ends for a cancelled one", async () => {
    const path = keyFile("passed-over", "secret");
    const isRight = accepts(path);
    const server = await serverThat((context) =>
      isRight(context) || (context.method === "password" && context.password === "pw")
        ? context.accept()
        : context.reject(["publickey", "password"]),
    );
    const skipped = {
      askPassphrase: () => Promise.resolve(Buffer.alloc(0)),
      askPassword: () => Promise.resolve(Buffer.from("pw")),
    };
    await logIn(server, skipped, { identityFiles: [path] });
    const cancelled = { askPassphrase: () => Promise.resolve(undefined) };
    await assert.rejects(logIn(server, cancelled, { identityFiles: [path] }), isKind("cancelled"));
  });

  it("gives up on a key after three wrong passphrases", async () => {
    const path = keyFile("forgotten", "secret");
    const isRight = accepts(path);
    const server = await serverThat((context) => (isRight(context) ? context.accept() : context.reject(["publickey"])));
    let asked = 0;
    const prompts = {
      askPassphrase: () => {
        asked += 1;
        return Promise.resolve(Buffer.from("wrong"));
      },
    };
    await assert.rejects(logIn(server, prompts, { identityFiles: [path] }), (error) => {
      assert(OpsError.is(error, "authFailed"));
      assert.match(error.message, /passphrase of .*forgotten was wrong 3 times/);
      return true;
    });
    assert.equal(asked, 3);
  });

  it("asks for a password at most three times, and wipes each", async () => {
    const server = await serverThat((context) => context.reject(["password"]));
    const typed: Buffer[] = [];
    const prompts = {
      askPassword: () => {
        const answer = Buffer.from("wrong");
        typed.push(answer);
        return Promise.resolve(answer);
      },
    };
    await assert.rejects(logIn(server, prompts), (error) => {
      assert(OpsError.is(error, "authFailed"));
      assert.match(error.message, /did not accept deploy.*password/);
      assert.doesNotMatch(`${error.message}${JSON.stringify(error.data)}`, /wrong/);
      return true;
    });
    assert.equal(typed.length, 3);
    assert(typed.every((buffer) => buffer.every((byte) => byte === 0)));
  });

  it("tries the stored password once and then asks", async () => {
    const seen: string[] = [];
    const server = await serverThat((context) => {
      if (context.method !== "password") context.reject(["password"]);
      else {
        seen.push(context.password);
        if (context.password === "typed") context.accept();
        else context.reject(["password"]);
      }
    });
    await logIn(server, {
      storedPassword: () => Promise.resolve(Buffer.from("stored")),
      askPassword: () => Promise.resolve(Buffer.from("typed")),
    });
    assert.deepEqual(seen, ["stored", "typed"]);
  });

  it("follows the order of the configuration and what the server still accepts", async () => {
    const server = await serverThat((context) => context.reject(["password", "keyboard-interactive"]));
    const path = keyFile("never-offered");
    const prompts = { askPassword: () => Promise.resolve(Buffer.from("wrong")) };
    const changes = { identityFiles: [path], authMethods: ["password", "publickey"] as const };
    await assert.rejects(logIn(server, prompts, changes), isKind("authFailed"));
    assert.deepEqual(server.attempts, ["password", "password", "password"]);
  });

  it("says when the server offers nothing that is supported", async () => {
    const server = await serverThat((context) => context.reject(["hostbased"]));
    await assert.rejects(logIn(server, {}), (error) => {
      assert(OpsError.is(error, "authFailed"));
      assert.match(error.message, /no way to log in that is supported.*hostbased/);
      return true;
    });
  });

  it("goes on to the second factor after a key, without offering further keys", async () => {
    const right = keyFile("first-factor");
    const other = keyFile("never-needed");
    const isRight = accepts(right);
    const server = await serverThat((context) => {
      if (isRight(context) && context.method === "publickey")
        if (context.signature === undefined) context.accept();
        else context.reject(["keyboard-interactive"], true);
      else if (context.method === "keyboard-interactive")
        context.prompt([{ prompt: "Code: ", echo: true }], (answers) =>
          answers[0] === "123456" ? context.accept() : context.reject(),
        );
      else context.reject(["publickey"]);
    });
    await logIn(
      server,
      { askKeyboardInteractive: () => Promise.resolve(["123456"]) },
      { identityFiles: [right, other] },
    );
    assert.deepEqual(server.attempts, ["publickey", "publickey", "keyboard-interactive"]);
  });

  it("A16 a stored password answers the first password prompt only; the others reach the operator, escaped", async () => {
    const answered: string[] = [];
    const rounds = [
      { prompt: "Password:", echo: false },
      { prompt: "\u001b[2JOTP\u202e:", echo: true },
      { prompt: "sudo password for root at OTHERHOST:", echo: false },
    ];
    const server = await serverThat((context) => {
      if (context.method !== "keyboard-interactive") context.reject(["keyboard-interactive"]);
      else askInTurn(context, rounds, answered);
    });
    const questions: ServerQuestion[] = [];
    await logIn(server, {
      storedPassword: () => Promise.resolve(Buffer.from("the stored secret")),
      askKeyboardInteractive: (question) => {
        questions.push(question);
        return Promise.resolve([`typed ${questions.length}`]);
      },
    });
    assert.deepEqual(answered, ["the stored secret", "typed 1", "typed 2"]);
    assert.deepEqual(
      questions.map((question) => question.serverPrompts),
      [
        [{ text: "\\u{1b}[2JOTP\\u{202e}:", isEchoed: true }],
        [{ text: "sudo password for root at OTHERHOST:", isEchoed: false }],
      ],
    );
    assert.equal(questions[0]?.host, "target");
  });

  it("A16 a stored password answers no request with an echoed, a second or a different prompt", async () => {
    const requests = [
      [{ prompt: "Password:", echo: true }],
      [
        { prompt: "Password:", echo: false },
        { prompt: "OTP:", echo: false },
      ],
      [{ prompt: "Verification code:", echo: false }],
    ];
    for (const prompts of requests) {
      let received: readonly string[] = [];
      const server = await serverThat((context) => {
        if (context.method !== "keyboard-interactive") context.reject(["keyboard-interactive"]);
        else
          context.prompt(prompts, (answers) => {
            received = answers;
            context.accept();
          });
      });
      await logIn(server, {
        storedPassword: () => Promise.resolve(Buffer.from("stored")),
        askKeyboardInteractive: (question) => Promise.resolve(question.serverPrompts.map(() => "typed")),
      });
      assert.deepEqual(
        received,
        prompts.map(() => "typed"),
      );
    }
  });

  it("A16 a stored password does not answer a password prompt that comes second", async () => {
    const answered: string[] = [];
    const rounds = [
      { prompt: "OTP:", echo: true },
      { prompt: "Password:", echo: false },
    ];
    const server = await serverThat((context) => {
      if (context.method !== "keyboard-interactive") context.reject(["keyboard-interactive"]);
      else askInTurn(context, rounds, answered);
    });
    await logIn(server, {
      storedPassword: () => Promise.resolve(Buffer.from("stored")),
      askKeyboardInteractive: () => Promise.resolve(["typed"]),
    });
    assert.deepEqual(answered, ["typed", "typed"]);
  });

  it("ends when the operator cancels a question of the server", async () => {
    const server = await serverThat((context) =>
      context.method === "keyboard-interactive"
        ? context.prompt([{ prompt: "Code:", echo: true }], () => context.accept())
        : context.reject(["keyboard-interactive"]),
    );
    await assert.rejects(
      logIn(server, { askKeyboardInteractive: () => Promise.resolve(undefined) }),
      isKind("cancelled"),
    );
  });

  it("does not ask again and again for a server that refuses every answer", async () => {
    let asked = 0;
    const server = await serverThat((context) =>
      context.method === "keyboard-interactive"
        ? context.prompt([{ prompt: "Password:", echo: false }], () => context.reject(["keyboard-interactive"]))
        : context.reject(["keyboard-interactive"]),
    );
    await assert.rejects(
      logIn(server, {
        askKeyboardInteractive: () => {
          asked += 1;
          return Promise.resolve(["wrong"]);
        },
      }),
      isKind("authFailed"),
    );
    assert.equal(asked, 3);
  });
});

function askInTurn(
  context: KeyboardAuthContext,
  rounds: readonly { readonly prompt: string; readonly echo: boolean }[],
  answered: string[],
): void {
  const [round, ...rest] = rounds;
  if (round === undefined) {
    context.accept();
    return;
  }
  context.prompt([round], (answers) => {
    answered.push(...answers);
    askInTurn(context, rest, answered);
  });
}

function isKind(...kinds: readonly OpsErrorKind[]): (error: unknown) => boolean {
  return (error) => {
    assert(OpsError.is(error, ...kinds), String(error instanceof OpsError ? `${error.kind}: ${error.message}` : error));
    return true;
  };
}
