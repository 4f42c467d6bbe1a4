import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import { OpsError, type OpsErrorKind } from "#core/opsError";
import { localShell } from "#remote/local/localShell";
import { openSession, type SessionOptions } from "#remote/session";
import type { Artifacts } from "#remote/staging/artifacts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function smallArtifacts(): Artifacts {
  const built = buildSync({
    entryPoints: ["test/integration/staging/smallHelper.ts"],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "node20",
  });
  const bundle = Buffer.from(built.outputFiles[0]?.contents ?? []);
  const packed = gzipSync(bundle);
  return { build: sha256(bundle), helper: { sha256: sha256(packed), bytes: packed }, runtime: () => undefined };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function until(condition: () => boolean, milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds;
  while (Date.now() < end) {
    if (condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return condition();
}

describe("staging on this machine", function () {
  this.timeout(30_000);
  let artifacts: Artifacts;
  let folder: string;
  let options: SessionOptions;

  before(() => {
    artifacts = smallArtifacts();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "countermine-staging-"));
    options = {
      artifacts,
      operator: "test@here",
      sudoPassword: () => assert.fail("no password is needed here"),
      stateFolder: join(folder, "state"),
    };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function rejectsWith(kind: OpsErrorKind, message: RegExp): Promise<void> {
    const error = await openSession(localShell(), options).then(
      (session) => {
        session.client.close();
        return assert.fail("the session was opened");
      },
      (reason: unknown) => reason,
    );
    assert.ok(OpsError.is(error, kind), String(error));
    assert.match(error.message, message);
    assert.notEqual(error.nextStep, "");
  }

  it("starts the helper in a closed folder, with an empty environment and in /", async () => {
    const session = await openSession(localShell(), options);
    assert.equal(session.runtime, "host");
    assert.equal(session.uploadedBytes, artifacts.helper.bytes.length);
    assert.equal(session.host.os, "/");
    assert.match(session.host.name, /"environment":\{"PATH":"[^"]+","LC_ALL":"C","HOME":"\/"\}/);
    assert.equal(lstatSync(join(folder, "state")).mode & 0o7777, 0o700);
    const { pid } = session.handshake;
    session.client.close();
    assert.ok(await until(() => !isAlive(pid), 5000), "the helper outlived its session");
  });

  it("sends 0 bytes the second time", async () => {
    (await openSession(localShell(), options)).client.close();
    const second = await openSession(localShell(), options);
    second.client.close();
    assert.equal(second.uploadedBytes, 0);
  });

  it("leaves nothing behind when asked to", async () => {
    const before = readdirSync("/run").filter((name) => name.startsWith("countermine-"));
    const session = await openSession(localShell(), { ...options, leaveNothing: true });
    session.client.close();
    const names = (): string[] => readdirSync("/run").filter((name) => name.startsWith("countermine-"));
    assert.ok(await until(() => names().length === before.length, 5000), names().join());
    assert.equal(existsSync(join(folder, "state")), false);
  });

  it("B5 a staged bundle that somebody rewrote is never run: it is sent again", async () => {
    (await openSession(localShell(), options)).client.close();
    const staged = join(folder, "state", "runtime", artifacts.build, "helper.cjs");
    writeFileSync(staged, `require("fs").writeFileSync(${JSON.stringify(join(folder, "owned"))}, "x")`);
    const session = await openSession(localShell(), options);
    session.client.close();
    assert.equal(session.uploadedBytes, artifacts.helper.bytes.length);
    assert.equal(existsSync(join(folder, "owned")), false);
  });

  const foreign: readonly [string, () => void][] = [
    ["a link", () => symlinkSync("/tmp", join(folder, "state"))],
    [
      "a folder that others can enter",
      () => {
        mkdirSync(join(folder, "state"));
        chmodSync(join(folder, "state"), 0o777);
      },
    ],
    ["a file", () => writeFileSync(join(folder, "state"), "")],
  ];
  for (const [name, arrange] of foreign) {
    it(`D12 B5 a state folder that is ${name} is not used`, async () => {
      arrange();
      const before = lstatSync(join(folder, "state")).mode;
      await rejectsWith("stagingFailed", /does not belong to the helper's account/);
      assert.equal(lstatSync(join(folder, "state")).mode, before);
    });
  }

  it("B13 an environment full of traps does not reach the helper", async () => {
    const traps = {
      LD_PRELOAD: "/nonexistent.so",
      NODE_OPTIONS: "--require /nonexistent.js",
      BASH_ENV: "/nonexistent",
      ENV: "/nonexistent",
    };
    Object.assign(process.env, traps);
    try {
      const session = await openSession(localShell(), options);
      session.client.close();
      for (const name of Object.keys(traps)) assert.equal(session.host.name.includes(name), false);
    } finally {
      for (const name of Object.keys(traps)) delete process.env[name];
    }
  });

  it("refuses a state folder that is not a plain path, before anything runs", async () => {
    options = { ...options, stateFolder: "/tmp/$(touch /tmp/never)" };
    await rejectsWith("badInput", /not a plain absolute path/);
    assert.equal(existsSync("/tmp/never"), false);
  });

  it("says what is missing when there is neither Node nor a runtime pack", async () => {
    const shell = localShell();
    const withoutNode = {
      exec: (command: string) =>
        shell.exec(
          command
            .replaceAll("/usr/bin/node", "/nonexistent/a")
            .replaceAll("/usr/local/bin/node", "/nonexistent/b")
            .replaceAll("/opt/node/bin/node", "/nonexistent/c"),
        ),
    };
    await assert.rejects(
      openSession(withoutNode, options),
      (error) => OpsError.is(error, "helperMissing") && /no runtime/.test(error.message),
    );
  });

  it("G5 settles within two seconds when cancelled, and leaves no helper", async () => {
    const controller = new AbortController();
    const opening = openSession(localShell(), { ...options, signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    const startedAt = Date.now();
    await opening.then(
      ({ client }) => client.close(),
      (error: unknown) => assert.ok(OpsError.is(error, "cancelled"), String(error)),
    );
    assert.ok(Date.now() - startedAt < 2000);
  });
});
