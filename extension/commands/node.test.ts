import assert from "node:assert/strict";
import fc from "fast-check";
import { hostileFile } from "#test/workbench/hostileHost";
import { alarmOf } from "#test/workbench/hostStates";
import { Workbench } from "../state/workbench.ts";
import { alarmsOf, isolatedOf, readKey, readNodes } from "./node.ts";

const row = (id: string, kind = "alarm") => ({ kind, address: "web-1", id });

describe("arguments of a command", () => {
  it("are the clicked row first, then the rest of the selection", () => {
    const [a, b, c] = [row("a"), row("b"), row("c")];
    assert.deepEqual(readNodes(b, [a, b, c]), [b, a, c]);
    assert.deepEqual(readNodes(undefined, [a]), [a]);
    assert.deepEqual(readNodes(a, undefined), [a]);
  });

  it("are only the clicked row when it is not part of the selection", () => {
    assert.deepEqual(readNodes(row("c"), [row("a"), row("b")]), [row("c")]);
  });

  it("are nothing when they are anything else", () => {
    for (const value of [
      undefined,
      null,
      7,
      "x",
      [],
      {},
      { kind: 7 },
      { kind: "host", address: 7 },
      { kind: "alarm", id: {} },
    ])
      assert.deepEqual(readNodes(value, [value]), []);
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (first, selection) => {
        for (const node of readNodes(first, selection)) assert.equal(typeof node.kind, "string");
        readKey(first);
      }),
    );
  });

  it("as a key are cut at the last line break, and text without one is no key", () => {
    assert.deepEqual(readKey("web-1\nabc"), { address: "web-1", id: "abc" });
    assert.deepEqual(readKey("odd\nname\nabc"), { address: "odd\nname", id: "abc" });
    for (const value of ["abc", "", undefined, 7, {}]) assert.equal(readKey(value), undefined);
  });
});

describe("rows that an action is about", () => {
  const workbench = new Workbench();
  workbench.setHosts([{ address: "web-1" }]);
  const alarm = alarmOf(1);
  workbench.update("web-1", { alarms: [alarm], isolated: [{ ...hostileFile(""), id: "f1" }] });

  it("are found by host and id", () => {
    assert.equal(alarmsOf([row(alarm.id)], workbench)[0]?.alarm, alarm);
    assert.equal(isolatedOf([row("f1", "file")], workbench).length, 1);
    assert.deepEqual(alarmsOf([{ ...row(alarm.id), address: "other" }, row("gone")], workbench), []);
  });

  it("are not meant by a row of evidence or a group that was selected along", () => {
    assert.deepEqual(alarmsOf([row(alarm.id, "evidence"), row(alarm.id, "type")], workbench), []);
    assert.deepEqual(isolatedOf([row("f1", "more")], workbench), []);
  });
});
