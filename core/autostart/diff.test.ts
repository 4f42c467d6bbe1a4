import assert from "node:assert/strict";
import fc from "fast-check";
import { diffAutostart } from "./diff.ts";
import type { AutostartChange, AutostartItem } from "./item.ts";

const item = (changes: Partial<AutostartItem> = {}): AutostartItem => ({
  id: "0000000000000001",
  class: 1,
  className: "System crontab",
  kind: "scheduledTask",
  name: "run",
  path: "/etc/crontab",
  line: 3,
  command: "run",
  runUser: "root",
  trigger: "time: 1 * * * *",
  enabled: true,
  sha256: "a".repeat(64),
  owner: "package",
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 1,
  ctime: 1,
  risk: [],
  ...changes,
});

const reading = (
  items: readonly AutostartItem[],
  notRun: readonly { readonly class: string; readonly reason: string }[] = [],
): { readonly items: readonly AutostartItem[]; readonly notRun: typeof notRun } => ({ items, notRun });

const shape = (changes: readonly AutostartChange[]): readonly unknown[] =>
  changes.map(({ change, item: { name }, fields }) => [change, name, ...fields]);

describe("diffAutostart", () => {
  it("names the fields of a changed schedule", () => {
    const { changes } = diffAutostart(reading([item()]), reading([item({ trigger: "time: 2 * * * *", ctime: 9 })]), 42);
    assert.deepEqual(shape(changes), [["modify", "run", "ctime", "trigger"]]);
    assert.equal(changes[0]?.seenAt, 42);
    assert.equal(changes[0]?.before?.trigger, "time: 1 * * * *");
  });

  it("shows an edited command as a change and not as two", () => {
    const after = item({ id: "0000000000000002", name: "evil", command: "evil" });
    assert.deepEqual(shape(diffAutostart(reading([item()]), reading([after]), 1).changes), [
      ["modify", "evil", "command", "name"],
    ]);
  });

  it("shows an inserted line alone, though the lines below moved and the file's digest changed", () => {
    const moved = item({ line: 4, sha256: "b".repeat(64), mtime: 2, ctime: 2 });
    const fresh = item({ id: "0000000000000002", name: "evil", command: "evil" });
    assert.deepEqual(shape(diffAutostart(reading([item()]), reading([fresh, moved]), 1).changes), [["add", "evil"]]);
  });

  it("keeps a deletion and an addition in different files apart", () => {
    const elsewhere = item({ id: "0000000000000002", name: "evil", path: "/etc/cron.d/x", class: 2 });
    assert.deepEqual(shape(diffAutostart(reading([item()]), reading([elsewhere]), 1).changes), [
      ["add", "evil"],
      ["delete", "run"],
    ]);
  });

  it("counts a changed program behind the same command", () => {
    const target = { path: "/usr/bin/run", sha256: "c".repeat(64) };
    const after = item({ target: { sha256: "d".repeat(64), path: "/usr/bin/run" } });
    assert.deepEqual(shape(diffAutostart(reading([item({ target })]), reading([after]), 1).changes), [
      ["modify", "run", "target"],
    ]);
  });

  it("counts a new digest of a file that is one item", () => {
    const { line: _, ...whole } = item();
    assert.deepEqual(
      shape(diffAutostart(reading([whole]), reading([{ ...whole, sha256: "e".repeat(64) }]), 1).changes),
      [["modify", "run", "sha256"]],
    );
  });

  it("is silent about new times alone, which every package update brings", () => {
    const { line: _, ...whole } = item();
    assert.deepEqual(diffAutostart(reading([whole]), reading([{ ...whole, mtime: 5, ctime: 5 }]), 1).changes, []);
  });

  it("does not call an item deleted when its class could not be read", () => {
    const { changes, notRun } = diffAutostart(
      reading([item()]),
      reading([], [{ class: "System crontab", reason: "EACCES" }]),
      1,
    );
    assert.deepEqual(changes, []);
    assert.equal(notRun.length, 1);
    assert.equal(notRun[0]?.class, "System crontab");
    assert.match(notRun[0]?.reason ?? "", /1 item may be gone/);
  });

  it("does not call an item new when its class could not be read before", () => {
    const { changes, notRun } = diffAutostart(
      reading([], [{ class: "System crontab", reason: "EACCES" }]),
      reading([item()]),
      1,
    );
    assert.deepEqual(changes, []);
    assert.match(notRun[0]?.reason ?? "", /1 item may be new/);
  });

  const items = fc
    .uniqueArray(
      fc.record({
        id: fc.integer({ min: 0, max: 40 }).map((number) => number.toString(16).padStart(16, "0")),
        name: fc.constantFrom("a", "b", "c"),
        path: fc.constantFrom("/etc/crontab", "/etc/cron.d/x"),
        line: fc.integer({ min: 1, max: 4 }),
        trigger: fc.constantFrom("boot", "login"),
        enabled: fc.boolean(),
        mtime: fc.integer({ min: 0, max: 2 }),
      }),
      { selector: ({ id }) => id, maxLength: 12 },
    )
    .map((list) => list.map(item));

  it("finds nothing between a reading and itself", () => {
    fc.assert(
      fc.property(items, (list) =>
        assert.deepEqual(diffAutostart(reading(list), reading([...list].reverse()), 1), { changes: [], notRun: [] }),
      ),
    );
  });

  it("leads from the one reading to the other, in whatever order the items come", () => {
    fc.assert(
      fc.property(items, items, fc.boolean(), (before, after, isReversed) => {
        const forth = diffAutostart(reading(before), reading(after), 1);
        const shuffled = diffAutostart(reading([...before].reverse()), reading([...after].reverse()), 1);
        assert.deepEqual(shuffled, forth);
        const changes = isReversed ? [...forth.changes].reverse() : forth.changes;
        // Lines that only moved, and times alone, are no change: compare without them.
        const essence = (list: readonly AutostartItem[]): readonly string[] =>
          list.map((one) => JSON.stringify({ ...one, line: 0, mtime: 0 })).sort();
        assert.deepEqual(essence(apply(before, changes)), essence(after));
      }),
      { numRuns: 500 },
    );
  });
});

function apply(items: readonly AutostartItem[], changes: readonly AutostartChange[]): readonly AutostartItem[] {
  const gone = new Set(
    changes.flatMap(({ change, item: now, before }) =>
      change === "add" ? [] : [change === "delete" ? now.id : (before?.id ?? "")],
    ),
  );
  return [
    ...items.filter(({ id }) => !gone.has(id)),
    ...changes.filter(({ change }) => change !== "delete").map((change) => change.item),
  ];
}
