import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Journal, journalEntry, latestLines } from "#helper/journal/journal";
import type { JournalLine } from "#helper/journal/journal";
import { openStateDirectory } from "#helper/quarantine/stateDirectory";

describe("Journal", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "countermine-journal-")));
    file = join(folder, "state", "journal.ndjson");
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const open = (): Journal => new Journal(openStateDirectory(join(folder, "state")));

  function write(journal: Journal, id: string, state: JournalLine["state"]): void {
    journal.append({
      id,
      operator: "tester@bench",
      plan: "p",
      step: "s1",
      kind: "quarantine",
      target: "/tmp/x\n",
      state,
      detail: "",
      undoData: state === "undone" ? { kind: "none", reason: "taken back" } : { kind: "restore", record: "r" },
    });
  }

  it("gives back what was written, in order, to a reader of its own", () => {
    const journal = open();
    for (const state of ["intent", "done"] as const) write(journal, "a", state);
    write(open(), "b", "intent");
    write(journal, "b", "done");
    const { lines, problems, isIntact } = open().read();
    assert.deepEqual(
      lines.map(({ seq, id, state }) => `${seq} ${id} ${state}`),
      ["1 a intent", "2 a done", "3 b intent", "4 b done"],
    );
    assert.deepEqual([problems, isIntact], [[], true]);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  });

  it("has one entry per step, undoable until it is taken back", () => {
    const journal = open();
    write(journal, "a", "intent");
    write(journal, "a", "done");
    const undoable = (): readonly boolean[] =>
      latestLines(journal.read().lines).map((line) => journalEntry(line).undoable);
    assert.deepEqual(undoable(), [true]);
    write(journal, "a", "undone");
    assert.deepEqual(undoable(), [false]);
  });

  const attacks: readonly [string, (rows: string[]) => string[]][] = [
    ["a line is changed", (rows) => rows.map((row, index) => (index === 1 ? row.replace("tester", "someone") : row))],
    ["a line in the middle is removed", (rows) => rows.filter((_, index) => index !== 1)],
    ["two lines change places", ([first = "", second = "", ...rest]) => [second, first, ...rest]],
    ["a line is repeated", (rows) => [...rows, rows[0] ?? ""]],
    ["a line of another form is added", (rows) => [...rows, "{}"]],
  ];
  for (const [name, attack] of attacks) {
    it(`is not intact when ${name}`, () => {
      const journal = open();
      for (const id of ["a", "b", "c"]) write(journal, id, "done");
      const rows = fs.readFileSync(file, "utf8").trimEnd().split("\n");
      fs.writeFileSync(file, `${attack(rows).join("\n")}\n`);
      assert.equal(open().read().isIntact, false);
    });
  }

  it("survives a torn end at any byte, and goes on after it", () => {
    const journal = open();
    for (const id of ["a", "b"]) write(journal, id, "done");
    const text = fs.readFileSync(file, "utf8");
    const firstEnd = text.indexOf("\n") + 1;
    for (let cut = firstEnd; cut < text.length; cut += 7) {
      fs.writeFileSync(file, text.slice(0, cut));
      const after = open();
      write(after, "c", "done");
      const { lines, isIntact } = after.read();
      assert.deepEqual(
        lines.map(({ id }) => id),
        ["a", "c"],
        `cut at ${cut}`,
      );
      assert.equal(isIntact, true);
    }
  });
});
