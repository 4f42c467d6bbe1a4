import assert from "node:assert/strict";
import { OpsError, type OpsErrorKind } from "#core/opsError";
import { encodeFrame } from "#protocol/frames";
import { methods } from "#protocol/methods";
import { protocolVersion } from "#protocol/version";
import { connectInMemory } from "./inMemoryHelper.ts";

const host = {
  id: "0".repeat(32),
  bootId: "b",
  name: "h",
  os: "o",
  kernel: "k",
  architecture: "x86_64",
  cores: 1,
  memoryBytes: 1,
  uptimeSeconds: 1,
  wallMs: 1,
};
const encoder = new TextEncoder();
const utf8 = { encode: (text: string) => encoder.encode(text), decode: () => "" };

async function rejectsWith(kind: OpsErrorKind, promise: Promise<unknown>): Promise<OpsError> {
  const error = await promise.then(
    () => assert.fail("it was accepted"),
    (reason: unknown) => reason,
  );
  assert.ok(OpsError.is(error, kind), `expected ${kind}: ${String(error)}`);
  return error;
}

describe("protocol over in-memory streams", () => {
  it("shakes hands, reports progress, and returns a validated value", async () => {
    const { client } = connectInMemory({
      initialize: () => ({ protocol: protocolVersion, build: "x", host, euid: 0, pid: 2, unsettled: 0 }),
      listIsolated: (_params, call) => {
        call.report({ phase: "read", message: "ev\x1b[2Jil", done: 1, total: 2 });
        return { files: [] };
      },
    });
    assert.equal((await client.initialize("me")).euid, 0);
    const progress: string[] = [];
    const result = await client.request(
      methods.listIsolated,
      {},
      { onProgress: ({ message }) => progress.push(message) },
    );
    assert.deepEqual(result, { files: [] });
    assert.deepEqual(progress, ["ev\\u{1b}[2Jil"]);
    client.close();
  });

  it("B12 refuses a helper of another version before anything else is asked", async () => {
    const { client } = connectInMemory({
      initialize: () => ({ protocol: protocolVersion + 1, build: "x", host, euid: 0, pid: 2, unsettled: 0 }),
    });
    await rejectsWith("protocolMismatch", client.initialize("me"));
    assert.equal(client.isClosed, true);
  });

  it("carries a foreseen failure as data, with its next step", async () => {
    const { client } = connectInMemory({
      journal: () => {
        throw new OpsError("stateDamaged", "The journal is damaged.", { nextStep: "Look at it." });
      },
    });
    const error = await rejectsWith("stateDamaged", client.request(methods.journal, {}));
    assert.equal(error.nextStep, "Look at it.");
    client.close();
  });

  it("refuses parameters that do not fit, on the host's side", async () => {
    const { client } = connectInMemory({});
    const bad = { targets: [{ kind: "pid", pid: -1 }] } as unknown as { targets: [] };
    await rejectsWith("badInput", client.request(methods.planContain, bad));
    client.close();
  });

  it("G5 settles a cancelled request within two seconds even when the host ignores it", async () => {
    const { client } = connectInMemory({ journal: () => new Promise(() => undefined) });
    const controller = new AbortController();
    const startedAt = Date.now();
    const asked = client.request(methods.journal, {}, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await rejectsWith("cancelled", asked);
    assert.ok(Date.now() - startedAt < 2000);
    client.close();
  });

  it("tells the handler that the request was cancelled", async () => {
    let wasAborted = false;
    const { client } = connectInMemory({
      journal: (_params, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            wasAborted = true;
            reject(new OpsError("cancelled", "Cancelled."));
          });
        }),
    });
    const controller = new AbortController();
    const asked = client.request(methods.journal, {}, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await rejectsWith("cancelled", asked);
    assert.equal(wasAborted, true);
    client.close();
  });

  it("ends the helper after silence", async () => {
    const { service } = connectInMemory({}, { silenceSeconds: 0.05 });
    assert.match(await service.ended, /no sign of life/);
  });

  it("ends the helper when the operator's side ends, and fails what was asked", async () => {
    const { client, service } = connectInMemory({ journal: () => new Promise(() => undefined) });
    const asked = client.request(methods.journal, {});
    client.close();
    await rejectsWith("connectionLost", asked);
    assert.match(await service.ended, /ended the session/);
  });

  it("F6 ignores answers to questions that nobody asked, and replays", async () => {
    const { client, toClient } = connectInMemory({ listIsolated: () => ({ files: [] }) });
    toClient.write(encodeFrame(utf8, { jsonrpc: "2.0", id: 999, result: { ok: true, value: { files: [] } } }));
    const first = await client.request(methods.listIsolated, {});
    toClient.write(encodeFrame(utf8, { jsonrpc: "2.0", id: 0, result: { ok: true, value: { files: [{}] } } }));
    assert.deepEqual(await client.request(methods.listIsolated, {}), first);
    client.close();
  });

  const hostile: readonly [string, unknown][] = [
    ["an answer of the wrong type", { files: "all" }],
    ["a missing field", { files: [{ id: "a" }] }],
    ["a list past the limit", { files: Array.from({ length: 20_001 }, () => null) }],
    ["a state that does not exist", { entries: [] }],
  ];
  for (const [name, value] of hostile) {
    it(`F3 ${name}: ends the session with protocolViolation`, async () => {
      const { client } = connectInMemory({ listIsolated: () => value as { files: [] } });
      await rejectsWith("protocolViolation", client.request(methods.listIsolated, {}));
      assert.equal(client.isClosed, true);
    });
  }

  it("F2 an endless flood of garbage ends the session and not the process", async () => {
    const { client, toClient } = connectInMemory({ journal: () => new Promise(() => undefined) });
    const asked = client.request(methods.journal, {});
    toClient.write(Buffer.alloc(1 << 20, 0x78));
    await rejectsWith("protocolViolation", asked);
  });
});
