import assert from "node:assert/strict";
import fc from "fast-check";
import { showText } from "#core/text/showBytes";
import { hostileState, hostileTexts, hostileTimes } from "#test/workbench/hostileHost";
import type { HostState } from "../state/hostState.ts";
import { alarmChildren, alarmItem, type AlarmNode } from "./alarms/alarmTree.ts";
import { autostartChildren, autostartItem, type AutostartNode } from "./autostartHistory/autostartTree.ts";
import { hostChildren, hostItem, type HostNode } from "./hosts/hostTree.ts";
import { isolatedChildren, isolatedItem, type IsolatedNode } from "./isolatedFiles/isolatedTree.ts";
import type { ViewItem } from "./viewItem.ts";

/** Cc, Cf (direction marks, zero width, tags), line separators, variation selectors. */
const unsafe = /[\p{Cc}\p{Cf}\u2028\u2029\u115F\u3164]|\p{Variation_Selector}/u;
const now = 1_700_000_000_000;

function rowsOf<Node>(
  children: (node: Node | undefined) => readonly Node[],
  item: (node: Node) => ViewItem,
): readonly ViewItem[] {
  const rows: ViewItem[] = [];
  const walk = (node: Node | undefined): void => {
    for (const child of children(node)) {
      rows.push(item(child));
      walk(child);
    }
  };
  walk(undefined);
  return rows;
}

function allRows(state: HostState): ReadonlyMap<string, readonly ViewItem[]> {
  const states = [state];
  return new Map([
    [
      "hosts",
      rowsOf<HostNode>(
        (node) => hostChildren(node, states),
        (node) => hostItem(node, states, now),
      ),
    ],
    [
      "alarms",
      rowsOf<AlarmNode>(
        (node) => alarmChildren(node, states),
        (node) => alarmItem(node, states, now),
      ),
    ],
    [
      "isolated",
      rowsOf<IsolatedNode>(
        (node) => isolatedChildren(node, states),
        (node) => isolatedItem(node, states),
      ),
    ],
    [
      "autostart",
      rowsOf<AutostartNode>(
        (node) => autostartChildren(node, states),
        (node) => autostartItem(node, states),
      ),
    ],
  ]);
}

function shownIn(row: ViewItem): readonly string[] {
  return [row.label, row.description ?? "", ...(row.tooltip ?? []), row.spoken ?? ""];
}

function assertHarmless(state: HostState): void {
  for (const [view, rows] of allRows(state)) {
    assert.ok(rows.length > 2, `${view} shows rows`);
    const ids = rows.map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)], `${view}: two rows with one id break the whole tree`);
    for (const row of rows) {
      for (const text of shownIn(row)) assert.doesNotMatch(text, unsafe, `${view}: ${JSON.stringify(text)}`);
      assert.ok(row.label.length <= 300, `${view}: label of ${row.label.length}`);
    }
  }
}

describe("F1 rows of every view", () => {
  for (const text of hostileTexts) {
    it(`show “${showText(text)}” as harmless text`, () => {
      const state = hostileState(text);
      assertHarmless(state);
      assertHarmless({ ...state, connection: { kind: "connecting", phase: text } });
      const { activity: _none, ...idle } = state;
      assertHarmless({
        ...idle,
        connection: { kind: "connected", isRoot: true, user: text, clockSkewMs: 94_608_000_000 },
      });
    });
  }

  it("show any text as harmless text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => assertHarmless(hostileState(text))),
      { numRuns: 60 },
    );
  });

  it("F7 show impossible times without breaking", () => {
    for (const time of hostileTimes) {
      const state = hostileState("x", time);
      assertHarmless(state);
      for (const rows of allRows(state).values())
        for (const row of rows) assert.doesNotMatch(shownIn(row).join("\n"), /NaN|Invalid/);
    }
  });

  it("name each row in words of ours when the host gives none", () => {
    for (const rows of allRows(hostileState("")).values())
      for (const row of rows.filter(({ context }) => context !== "group")) assert.notEqual(row.label, "", row.id);
  });
});
