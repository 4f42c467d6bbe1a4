import assert from "node:assert/strict";
import { OpsError, type OpsErrorKind } from "#core/opsError";
import { hostileTexts } from "#test/workbench/hostileHost";
import { MemorySecrets } from "#test/workbench/fakeSecrets";
import { AttemptSecrets } from "./attemptSecrets.ts";
import { askSudoPassword, authPrompts, type InputQuestion } from "./authPrompts.ts";
import { SecretStore } from "./secretStore.ts";

const account = { user: "ops", host: "web-1", port: 22 };
const bastion = { user: "ops", host: "bastion", port: 2222 };
const { signal } = new AbortController();

/** A window: one store, any number of attempts, and an operator who types these answers. */
function setUp(...answers: (string | undefined)[]) {
  const storage = new MemorySecrets();
  const store = new SecretStore(storage, () => true, assert.fail);
  const questions: InputQuestion[] = [];
  const ask = (question: InputQuestion): Promise<string | undefined> => {
    questions.push(question);
    return Promise.resolve(answers.shift());
  };
  const attempt = () => {
    const secrets = new AttemptSecrets(store, "web-1");
    return {
      secrets,
      prompts: authPrompts(secrets, ask),
      sudo: () => askSudoPassword(secrets, ask, "web-1", signal),
      storedPassword: async (of = account) => (await authPrompts(secrets, ask).storedPassword?.(of))?.toString(),
    };
  };
  return { storage, store, questions, attempt };
}

const failure = (kind: OpsErrorKind): OpsError => new OpsError(kind, "It failed.");

describe("login password", () => {
  it("is remembered once the host accepted it, and then not asked for again", async () => {
    const { questions, attempt, storage } = setUp("right");
    const first = attempt();
    assert.equal(await first.storedPassword(), undefined);
    await first.prompts.askPassword({ ...account, attempt: 1 }, signal);
    assert.equal(storage.values.size, 0, "nothing is stored before it is known to be right");
    await first.secrets.accepted();
    assert.equal(await attempt().storedPassword(), "right");
    assert.equal(questions.length, 1);
  });

  for (const kind of ["authFailed", "connectionLost", "timedOut", "cancelled", "hostUnreachable"] as const) {
    it(`that was typed is not sent again by itself after ${kind}`, async () => {
      const { attempt, storage } = setUp("wrong");
      const first = attempt();
      await first.prompts.askPassword({ ...account, attempt: 1 }, signal);
      await first.secrets.failed(failure(kind));
      assert.equal(await attempt().storedPassword(), undefined);
      assert.equal(storage.values.size, 0);
    });

    it(`that was remembered is forgotten when the attempt that used it ended with ${kind}`, async () => {
      const { store, attempt, storage } = setUp();
      await store.remember("ssh:ops@web-1:22", "outdated", "web-1");
      const first = attempt();
      assert.equal(await first.storedPassword(), "outdated");
      await first.secrets.failed(failure(kind));
      assert.equal(await attempt().storedPassword(), undefined);
      assert.ok(![...storage.values.values()].includes("outdated"));
    });
  }

  it("that was remembered is forgotten as soon as the next one is asked for, also when that is cancelled", async () => {
    const { store, attempt } = setUp(undefined);
    await store.remember("ssh:ops@web-1:22", "outdated", "web-1");
    const first = attempt();
    await first.storedPassword();
    assert.equal(await first.prompts.askPassword({ ...account, attempt: 1 }, signal), undefined);
    assert.equal(await attempt().storedPassword(), undefined);
  });

  it("of three that were typed, only the one that worked is remembered", async () => {
    const { attempt } = setUp("wrong", "also wrong", "right");
    const first = attempt();
    for (const number of [1, 2, 3]) await first.prompts.askPassword({ ...account, attempt: number }, signal);
    await first.secrets.accepted();
    assert.equal(await attempt().storedPassword(), "right");
  });

  it("of a jump host is kept when the host behind it refused the login", async () => {
    const { attempt } = setUp("for the bastion", "wrong");
    const first = attempt();
    await first.prompts.askPassword({ ...bastion, attempt: 1 }, signal);
    await first.prompts.askPassword({ ...account, attempt: 1 }, signal);
    await first.secrets.failed(failure("authFailed"));
    assert.equal(await attempt().storedPassword(bastion), "for the bastion");
    assert.equal(await attempt().storedPassword(), undefined);
  });

  it("is kept when something after the login failed", async () => {
    const { attempt } = setUp("right");
    const first = attempt();
    await first.prompts.askPassword({ ...account, attempt: 1 }, signal);
    await first.secrets.failed(failure("helperMissing"));
    assert.equal(await attempt().storedPassword(), "right");
  });
});

describe("sudo password", () => {
  it("is asked for once per window while it works", async () => {
    const { questions, attempt } = setUp("root");
    for (let index = 0; index < 3; index += 1) {
      const one = attempt();
      assert.equal((await one.sudo())?.toString(), "root");
      await one.secrets.accepted();
    }
    assert.equal(questions.length, 1);
  });

  it("that sudo refused is not sent again, and the login's password stays", async () => {
    const { store, attempt } = setUp("login", "wrong");
    const first = attempt();
    await first.prompts.askPassword({ ...account, attempt: 1 }, signal);
    await first.sudo();
    await first.secrets.failed(failure("privilegeFailed"));
    assert.equal(await store.get("sudo:web-1"), undefined);
    assert.equal(await attempt().storedPassword(), "login");

    await store.remember("sudo:web-1", "outdated", "web-1");
    const second = attempt();
    assert.equal((await second.sudo())?.toString(), "outdated");
    await second.secrets.failed(failure("privilegeFailed"));
    assert.equal(await store.get("sudo:web-1"), undefined);
  });
});

describe("passphrase", () => {
  const question = { ...account, keyPath: "/home/ops/.ssh/id_ed25519" };

  it("that did not open the key is replaced by the one that did", async () => {
    const { store, attempt } = setUp("right");
    await store.remember(`key:${question.keyPath}`, "wrong", "web-1");
    const first = attempt();
    assert.equal((await first.prompts.askPassphrase({ ...question, attempt: 1 }, signal))?.toString(), "wrong");
    assert.equal((await first.prompts.askPassphrase({ ...question, attempt: 2 }, signal))?.toString(), "right");
    await first.secrets.accepted();
    const next = await attempt().prompts.askPassphrase({ ...question, attempt: 1 }, signal);
    assert.equal(next?.toString(), "right");
  });

  it("that is empty passes over the key now and not for good", async () => {
    const { attempt, questions } = setUp("", "typed later");
    const first = attempt();
    assert.equal((await first.prompts.askPassphrase({ ...question, attempt: 1 }, signal))?.length, 0);
    await first.secrets.accepted();
    const next = await attempt().prompts.askPassphrase({ ...question, attempt: 1 }, signal);
    assert.equal(next?.toString(), "typed later");
    assert.equal(questions.length, 2);
  });
});

describe("F1 questions of a server", () => {
  it("are shown as the server's words, without a link, an icon or a control character", async () => {
    for (const text of hostileTexts) {
      const { attempt, questions } = setUp("123456");
      const answers = await attempt().prompts.askKeyboardInteractive(
        { ...account, serverName: text, serverInstruction: text, serverPrompts: [{ text, isEchoed: true }] },
        signal,
      );
      assert.deepEqual(answers, ["123456"]);
      const prompt = questions[0]?.prompt ?? "";
      assert.match(prompt, /^The server says:/);
      assert.doesNotMatch(prompt, /\]\(|\$\(|command:|https?:\/\/|[\p{Cc}\p{Cf}]/iu);
    }
  });

  it("are never answered from memory later: a code works once", async () => {
    const { attempt, storage } = setUp("123456");
    const first = attempt();
    await first.prompts.askKeyboardInteractive(
      { ...account, serverName: "", serverInstruction: "", serverPrompts: [{ text: "Code", isEchoed: false }] },
      signal,
    );
    await first.secrets.accepted();
    assert.equal(storage.values.size, 0);
  });
});
