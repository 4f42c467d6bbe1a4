import assert from "node:assert/strict";
import { OpsError, opsErrorKinds } from "#core/opsError";
import type { Session } from "#remote/session";
import { fakeSession } from "#test/workbench/fakeOpener";
import { prerequisitesOf, prerequisitesOfFailure } from "./prerequisites.ts";

function sessionWith(probe: Partial<Session["probe"]>, fields: Partial<Session> = {}): Session {
  const session = fakeSession();
  return { ...session, ...fields, probe: { ...session.probe, ...probe } };
}

const stateOf = (session: Session, name: string) => prerequisitesOf(session).find((one) => one.name === name);

describe("prerequisites of a session", () => {
  it("are fine on an ordinary host", () => {
    const all = prerequisitesOf(sessionWith({}));
    assert.deepEqual(
      all.filter(({ state }) => state !== "ok"),
      [],
    );
    for (const name of [
      "Reachable",
      "Host key",
      "Architecture",
      "Kernel",
      "C library",
      "Root",
      "Free space",
      "Runtime",
    ])
      assert.ok(
        all.some((one) => one.name === name),
        name,
      );
  });

  const limits: readonly (readonly [string, string, Session])[] = [
    ["an unknown architecture", "Architecture", sessionWith({ machine: "riscv64" })],
    ["a kernel before 3.10", "Kernel", sessionWith({ kernel: "2.6.32-754.el6" })],
    ["a kernel with a small minor", "Kernel", sessionWith({ kernel: "3.9.11" })],
    ["little space", "Free space", sessionWith({ freeKiB: 1024 })],
    ["no root", "Root", sessionWith({}, { isRoot: false })],
  ];
  for (const [what, name, session] of limits) {
    it(`name ${what} and the way to mend it`, () => {
      const one = stateOf(session, name);
      assert.equal(one?.state, "limited");
      assert.notEqual(one.mend, "");
    });
  }

  it("fail where the state folder can't be used, in harmless text", () => {
    const session = sessionWith({});
    const handshake = { ...session.handshake, stateProblem: "\u001b[31mread-only\u202E" };
    const one = stateOf({ ...session, handshake }, "State folder");
    assert.equal(one?.state, "failed");
    assert.doesNotMatch(one.detail, /[\p{Cc}\p{Cf}]/u);
  });
});

describe("prerequisites of a failed connection", () => {
  it("never call anything fine that lies behind what failed", () => {
    for (const kind of opsErrorKinds) {
      const all = prerequisitesOfFailure(new OpsError(kind, "It failed.", { nextStep: "Mend it." }));
      const failed = all.findIndex(({ state }) => state === "failed");
      if (all.length === 0) continue;
      assert.ok(failed >= 0, kind);
      assert.equal(all[failed]?.mend, "Mend it.", kind);
      assert.ok(
        all.slice(failed + 1).every(({ state }) => state === "unknown"),
        kind,
      );
    }
  });

  it("name the login as what failed, behind a host that answers with a known key", () => {
    const states = prerequisitesOfFailure(new OpsError("authFailed", "No.")).map(
      ({ name, state }) => `${name} ${state}`,
    );
    assert.deepEqual(states, ["Reachable ok", "Host key ok", "Login failed", "Root unknown"]);
  });
});
