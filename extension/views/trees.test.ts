import assert from "node:assert/strict";
import type { AutostartDocument } from "#core/autostart/autostartDocument";
import { hostileFile, hostileItem } from "#test/workbench/hostileHost";
import { alarmOf, hostOf, triageOf } from "#test/workbench/hostStates";
import type { HostState } from "../state/hostState.ts";
import { alarmChildren, alarmItem, openAlarmCount } from "./alarms/alarmTree.ts";
import { autostartChildren, autostartItem } from "./autostartHistory/autostartTree.ts";
import { describeFilter, passesFilter } from "./filter.ts";
import { hostItem } from "./hosts/hostTree.ts";
import { isolatedChildren, isolatedItem } from "./isolatedFiles/isolatedTree.ts";

const now = 1_700_000_000_000;
const couldNotLook = [{ check: "M04", reason: "not root" }];

const clear = hostOf("web-1", { triage: triageOf([]), triagedAt: now });
const partial = hostOf("web-1", { triage: triageOf([], couldNotLook), triagedAt: now });
const never = hostOf("web-1");
const lookedAtNothing = hostOf("web-1", {
  triage: { ...triageOf([]), stats: { ...triageOf([]).stats, processes: 0, checksRun: 0 } },
  triagedAt: now,
});

function hostRow(state: HostState) {
  return hostItem({ kind: "host", address: state.entry.address }, [state], now);
}

function quietRow(state: HostState) {
  return alarmItem({ kind: "quiet", address: state.entry.address }, [state], now);
}

describe("host row", () => {
  it("tells clear, could not look, and never looked at apart by words and by icon", () => {
    const rows = [clear, partial, never].map(hostRow);
    assert.equal(new Set(rows.map(({ description }) => description)).size, 3);
    assert.equal(new Set(rows.map(({ icon }) => icon.name)).size, 3);
    assert.match(rows[0]?.description ?? "", /no alarms/);
    assert.match(rows[1]?.description ?? "", /1 check could not look/);
    assert.match(rows[2]?.description ?? "", /not looked at yet/);
  });

  it("is green only for a fresh all-clear of a connected host", () => {
    assert.deepEqual(hostRow(clear).icon, { name: "pass", color: "ok" });
    const old = { ...clear, triagedAt: now - 2 * 3_600_000 };
    const away: HostState = { ...clear, connection: { kind: "disconnected" } };
    const future = { ...clear, triagedAt: now + 86_400_000 };
    for (const state of [old, away, future, partial, never, lookedAtNothing])
      assert.notEqual(hostRow(state).icon.color, "ok", JSON.stringify(hostRow(state)));
  });

  it("is not clear when a triage looked at nothing at all", () => {
    assert.match(hostRow(lookedAtNothing).description ?? "", /nothing was looked at/);
    assert.notEqual(quietRow(lookedAtNothing).label, quietRow(clear).label);
  });
});

describe("alarm tree", () => {
  it("tells clear, could not look, and never looked at apart by label and by icon", () => {
    const handled = { ...never, alarms: [alarmOf(1, { state: "handled" })] };
    const rows = [clear, partial, handled].map(quietRow);
    assert.equal(new Set(rows.map(({ label }) => label)).size, 3);
    assert.equal(new Set(rows.map(({ icon }) => icon.name)).size, 3);
    assert.equal(alarmChildren({ kind: "host", address: "web-1" }, [handled]).at(-1)?.kind, "quiet");
  });

  it("says nothing about a host that was never looked at", () => {
    assert.deepEqual(alarmChildren(undefined, [never]), []);
  });

  it("puts what waits first, then the worst, then the surest, in a stable order", () => {
    const alarms = [
      alarmOf(1, { severity: "critical", state: "handled" }),
      alarmOf(2, { severity: "low", score: 90 }),
      alarmOf(5, { severity: "high", score: 70 }),
      alarmOf(4, { severity: "high", score: 70 }),
      alarmOf(3, { severity: "high", score: 80 }),
    ];
    for (const order of [alarms, alarms.toReversed()]) {
      const states = [hostOf("web-1", { alarms: order, triage: triageOf(order) })];
      const [type] = alarmChildren({ kind: "host", address: "web-1" }, states);
      const rows = alarmChildren(type, states).map((node) => alarmItem(node, states, now).label);
      assert.deepEqual(rows, ["Alarm 3", "Alarm 4", "Alarm 5", "Alarm 2", "Alarm 1"]);
    }
  });

  it("cuts a level at 200 rows and says how many it hides", () => {
    const alarms = Array.from({ length: 1000 }, (_, index) => alarmOf(index + 1));
    const states = [hostOf("web-1", { alarms })];
    const [type] = alarmChildren({ kind: "host", address: "web-1" }, states);
    const rows = alarmChildren(type, states);
    assert.equal(rows.length, 201);
    const last = rows.at(-1);
    assert.ok(last);
    assert.equal(alarmItem(last, states, now).label, "800 more");
    assert.equal(openAlarmCount(states), 1000);
  });

  it("counts an alarm that a host reports twice once", () => {
    assert.equal(openAlarmCount([hostOf("web-1", { alarms: [alarmOf(1), alarmOf(1)] })]), 1);
  });
});

describe("isolated files tree", () => {
  const files = Array.from({ length: 300 }, (_, index) => ({
    ...hostileFile(""),
    id: `f${index}`,
    isolatedAt: index,
    status: index === 0 ? ("isolated" as const) : ("restored" as const),
  }));

  it("puts what is held before what is history, and cuts at 200 rows", () => {
    const states = [hostOf("web-1", { isolated: files })];
    const rows = isolatedChildren({ kind: "host", address: "web-1" }, states);
    assert.deepEqual(rows[0], { kind: "file", address: "web-1", id: "f0" });
    assert.deepEqual(rows[1], { kind: "file", address: "web-1", id: "f299" });
    assert.equal(rows.length, 201);
    assert.deepEqual(rows.at(-1), { kind: "more", address: "web-1", hidden: 100 });
  });

  it("tells an empty quarantine from one that was never asked for", () => {
    assert.deepEqual(isolatedChildren(undefined, [never]), []);
    const asked = [hostOf("web-1", { isolated: [] })];
    assert.deepEqual(isolatedChildren({ kind: "host", address: "web-1" }, asked), [{ kind: "none", address: "web-1" }]);
  });

  it("offers restore for held files only", () => {
    const states = [hostOf("web-1", { isolated: files })];
    const context = (id: string) => isolatedItem({ kind: "file", address: "web-1", id }, states).context;
    assert.equal(context("f0"), "isolated.isolated");
    assert.equal(context("f1"), "isolated.gone");
  });
});

describe("auto-start tree", () => {
  const document = (fields: Partial<AutostartDocument>): HostState =>
    hostOf("web-1", { autostart: { schema: "countermine/autostart@1", items: [], notRun: [], ...fields } });
  const none = (state: HostState) => autostartItem({ kind: "none", address: "web-1" }, [state]);

  it("says that nothing changed only after a comparison", () => {
    const compared = none(document({ changes: [] }));
    const noSnapshot = none(document({ changes: [], notRun: [{ class: "changes", reason: "no snapshot" }] }));
    const listed = none(document({}));
    assert.match(compared.label, /No change/);
    for (const row of [noSnapshot, listed]) {
      assert.match(row.label, /Not compared/);
      assert.notEqual(row.icon.name, compared.icon.name);
    }
  });

  it("puts what deserves a look first and cuts at 200 rows", () => {
    const items = Array.from({ length: 250 }, (_, index) => ({
      ...hostileItem("cron"),
      id: index.toString(16).padStart(16, "0"),
      risk: index === 249 ? ["downloads and runs"] : [],
    }));
    const states = [document({ items })];
    const rows = autostartChildren({ kind: "class", address: "web-1", name: "cron" }, states);
    assert.deepEqual(rows[0], { kind: "item", address: "web-1", id: "00000000000000f9" });
    assert.equal(rows.length, 201);
    assert.deepEqual(rows.at(-1), { kind: "more", address: "web-1", of: "cron", hidden: 50 });
  });
});

describe("host filter", () => {
  const entry = { address: "web-1", group: "web", environment: "production" };
  it("lets through what fits in every part", () => {
    assert.ok(passesFilter(entry, {}));
    assert.ok(passesFilter(entry, { group: "web" }));
    assert.ok(passesFilter(entry, { group: "web", environment: "production" }));
    assert.ok(!passesFilter(entry, { group: "web", environment: "staging" }));
    assert.ok(!passesFilter({ address: "web-2" }, { group: "web" }));
  });

  it("is said in words when it hides something", () => {
    assert.equal(describeFilter({}), undefined);
    assert.equal(describeFilter({ group: "web", environment: "test" }), "group web, environment test");
  });
});
