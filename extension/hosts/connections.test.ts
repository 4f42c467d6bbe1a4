import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { OpsError } from "#core/opsError";
import { fakeOpener } from "#test/workbench/fakeOpener";
import { Workbench } from "../state/workbench.ts";
import { Connections } from "./connections.ts";

const web = { address: "web-1" };
const wasCancelled = (error: unknown): boolean => OpsError.is(error, "cancelled");

function setUp() {
  const workbench = new Workbench();
  workbench.setHosts([web, { address: "web-2" }]);
  const opener = fakeOpener();
  const connections = new Connections(workbench, opener.open);
  const kind = (): string | undefined => workbench.host("web-1")?.connection.kind;
  const call = (index: number) => {
    const found = opener.calls[index];
    assert.ok(found, `call ${index} was made`);
    return found;
  };
  return { workbench, connections, calls: opener.calls, call, kind };
}

describe("connections", () => {
  it("share one attempt between two callers", async () => {
    const { connections, calls, call, kind } = setUp();
    const both = Promise.all([connections.connect(web), connections.connect(web)]);
    assert.equal(kind(), "connecting");
    call(0).succeed();
    const [first, second] = await both;
    assert.equal(first, second);
    assert.equal(calls.length, 1);
    assert.equal(kind(), "connected");
    assert.equal(await connections.connect(web), first, "a session that is there is used");
  });

  it("go on for the second caller when the first one cancels", async () => {
    const { connections, call } = setUp();
    const controller = new AbortController();
    const first = connections.connect(web, controller.signal);
    const second = connections.connect(web);
    controller.abort();
    await assert.rejects(first, wasCancelled);
    assert.equal(call(0).signal.aborted, false);
    call(0).succeed();
    assert.ok(await second);
  });

  it("end the attempt when everybody has cancelled, and start anew for the next", async () => {
    const { connections, calls, call, kind } = setUp();
    const controller = new AbortController();
    const first = connections.connect(web, controller.signal);
    controller.abort();
    await assert.rejects(first, wasCancelled);
    assert.equal(call(0).signal.aborted, true);
    assert.equal(kind(), "disconnected");
    const next = connections.connect(web);
    call(0).phase("logging in");
    call(1).succeed();
    assert.ok(await next);
    assert.equal(calls.length, 2);
    assert.equal(kind(), "connected");
    await assert.rejects(connections.connect(web, controller.signal), wasCancelled, "a spent signal starts nothing");
    assert.equal(calls.length, 2);
  });

  it("put a failure into the state, with what can be done", async () => {
    const { workbench, connections, call } = setUp();
    const attempt = connections.connect(web);
    call(0).fail(new OpsError("authFailed", "Not accepted.", { nextStep: "Check the key." }));
    await assert.rejects(attempt, (error) => OpsError.is(error, "authFailed"));
    const state = workbench.host("web-1");
    assert.equal(state?.connection.kind, "failed");
    const login = state?.prerequisites.find(({ name }) => name === "Login");
    assert.deepEqual(login, { name: "Login", state: "failed", detail: "Not accepted.", mend: "Check the key." });
  });

  it("put the end of a session into the state", async () => {
    const { connections, call, kind } = setUp();
    const attempt = connections.connect(web);
    call(0).succeed();
    await attempt;
    call(0).end(new OpsError("connectionLost", "Lost."));
    await delay(0);
    assert.equal(kind(), "failed");
    assert.equal(connections.get("web-1"), undefined);
    const again = connections.connect(web);
    call(1).succeed();
    await again;
    await connections.disconnect("web-1");
    assert.equal(kind(), "disconnected");
    assert.equal(call(1).isOpen, false);
  });

  it("disconnect while connecting: the attempt ends, and its late failure is not shown", async () => {
    const { connections, call, kind } = setUp();
    const attempt = connections.connect(web);
    await connections.disconnect("web-1");
    await assert.rejects(attempt, wasCancelled);
    assert.equal(call(0).signal.aborted, true);
    assert.equal(kind(), "disconnected");
  });

  it("close a session that opens after nobody wants it any more", async () => {
    const workbench = new Workbench();
    workbench.setHosts([web]);
    let closed = 0;
    let succeed: () => void = () => undefined;
    const connections = new Connections(
      workbench,
      // An opener that is deaf to its signal: it succeeds although it was told to stop.
      async () => {
        await new Promise<void>((resolve) => (succeed = resolve));
        return {
          session: { client: { isClosed: false } } as never,
          closed: new Promise(() => undefined),
          close: () => {
            closed += 1;
            return Promise.resolve();
          },
        };
      },
    );
    const attempt = connections.connect(web);
    await connections.disconnect("web-1");
    succeed();
    await assert.rejects(attempt, wasCancelled);
    assert.equal(closed, 1);
    assert.equal(connections.get("web-1"), undefined);

    const late = connections.connect(web);
    workbench.setHosts([]);
    succeed();
    await assert.rejects(late, wasCancelled);
    assert.equal(closed, 2, "the host left the list meanwhile");
  });

  it("end what belongs to hosts that left the list", async () => {
    const { connections, call } = setUp();
    const opened = connections.connect(web);
    call(0).succeed();
    await opened;
    const pending = connections.connect({ address: "web-2" });
    await connections.keepOnly(new Set(["web-1"]));
    await assert.rejects(pending, wasCancelled);
    assert.equal(call(0).isOpen, true);
    await connections.keepOnly(new Set());
    assert.equal(call(0).isOpen, false);
  });

  it("G5 settle and leave nothing open in any order of connect, cancel, disconnect, success and failure", async () => {
    const step = fc.record({
      do: fc.constantFrom("connect", "connect", "cancel", "disconnect", "succeed", "fail", "lose", "remove", "tick"),
      host: fc.constantFrom("web-1", "web-2"),
      which: fc.nat(20),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { workbench, connections, calls } = setUp();
        const settled: Promise<unknown>[] = [];
        const controllers: AbortController[] = [];
        for (const { do: action, host, which } of steps) {
          const call = calls[which % Math.max(1, calls.length)];
          if (action === "connect") {
            const controller = new AbortController();
            controllers.push(controller);
            settled.push(connections.connect({ address: host }, controller.signal).catch(() => undefined));
          } else if (action === "cancel") controllers[which % Math.max(1, controllers.length)]?.abort();
          else if (action === "disconnect") settled.push(connections.disconnect(host));
          else if (action === "succeed") call?.succeed();
          else if (action === "fail") call?.fail(new OpsError("hostUnreachable", "Unreachable."));
          else if (action === "lose") call?.end(new OpsError("connectionLost", "Lost."));
          else if (action === "remove") {
            workbench.setHosts([web]);
            settled.push(connections.keepOnly(new Set(["web-1"])));
          } else await delay(0);
        }
        await connections.dispose();
        const outcome = await Promise.race([Promise.all(settled), delay(2000, "stuck", { ref: false })]);
        assert.notEqual(outcome, "stuck");
        await delay(0);
        assert.deepEqual(
          calls.filter(({ isOpen }) => isOpen),
          [],
          "no session is left open",
        );
        for (const { entry, connection } of workbench.all) {
          assert.ok(connection.kind === "disconnected" || connection.kind === "failed", entry.address);
          assert.equal(connections.get(entry.address), undefined);
        }
      }),
      { numRuns: 200 },
    );
  });
});
