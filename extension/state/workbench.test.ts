import assert from "node:assert/strict";
import { alarmOf, triageOf } from "#test/workbench/hostStates";
import { ActMode, actMinutes } from "./actMode.ts";
import { hostHealth } from "./hostState.ts";
import { Workbench } from "./workbench.ts";

describe("workbench", () => {
  const setUp = () => {
    const workbench = new Workbench();
    workbench.setHosts([{ address: "web-1", group: "web" }, { address: "db-1" }]);
    const health = () => hostHealth(workbench.host("web-1") ?? assert.fail()).kind;
    return { workbench, health };
  };

  it("drops an answer for a host that left the list", () => {
    const { workbench } = setUp();
    workbench.setHosts([{ address: "db-1" }]);
    workbench.update("web-1", { triage: triageOf([]) });
    workbench.setActivity("web-1", "triage");
    workbench.keepAlarms("web-1", [alarmOf(1)]);
    workbench.forget("web-1");
    assert.equal(workbench.host("web-1"), undefined);
    assert.equal(workbench.all.length, 1);
  });

  it("keeps what is known of hosts that stay on the list", () => {
    const { workbench, health } = setUp();
    workbench.update("web-1", { triage: triageOf([]) });
    workbench.setHosts([{ address: "web-1", group: "other" }]);
    assert.equal(health(), "clear");
    assert.equal(workbench.host("web-1")?.entry.group, "other");
  });

  it("does not take a host for well that has forgotten its alarms", () => {
    const { workbench, health } = setUp();
    const alarms = [alarmOf(1), alarmOf(2)];
    workbench.update("web-1", { triage: triageOf(alarms), alarms });
    workbench.keepAlarms("web-1", []);
    assert.equal(health(), "alarms");
    workbench.keepAlarms("web-1", [alarmOf(1, { state: "handled" })]);
    assert.deepEqual(
      workbench.host("web-1")?.alarms.map(({ state }) => state),
      ["handled", "toBeHandled"],
    );
  });

  it("is back to not knowing after Countermine was removed from a host", () => {
    const { workbench, health } = setUp();
    workbench.update("web-1", { triage: triageOf([alarmOf(1)]), alarms: [alarmOf(1)], isolated: [] });
    workbench.forget("web-1");
    assert.equal(health(), "unknown");
    assert.equal(workbench.host("web-1")?.isolated, undefined);
  });

  it("shows the hosts that pass the filter as it is now", () => {
    const { workbench } = setUp();
    const shown = () => workbench.visible.map(({ entry }) => entry.address);
    assert.deepEqual(shown(), ["web-1", "db-1"]);
    workbench.setFilter({ group: "web" });
    assert.deepEqual(shown(), ["web-1"]);
    workbench.setHosts([{ address: "db-1", group: "web" }]);
    assert.deepEqual(shown(), ["db-1"]);
  });
});

describe("act mode", () => {
  const realNow = Date.now;
  let clock = 1_000_000;
  beforeEach(() => {
    clock = 1_000_000;
    Date.now = () => clock;
  });
  afterEach(() => {
    Date.now = realNow;
  });

  it("is off at first, and ends by itself", () => {
    const mode = new ActMode(false);
    assert.equal(mode.isActing, false);
    mode.act();
    assert.equal(mode.isActing, true);
    clock += actMinutes * 60_000 - 1;
    assert.equal(mode.isActing, true);
    clock += 1;
    assert.equal(mode.isActing, false);
    mode.dispose();
  });

  it("that the settings start with ends when the operator says so", () => {
    const mode = new ActMode(true);
    let told = 0;
    mode.onDidChange(() => (told += 1));
    clock += 10 * actMinutes * 60_000;
    assert.equal(mode.isActing, true);
    mode.observe();
    assert.equal(mode.isActing, false);
    assert.equal(told, 1);
    mode.dispose();
  });
});
