import assert from "node:assert/strict";
import fc from "fast-check";
import { environmentValue, splitNul } from "./nulSeparated.ts";

describe("splitNul", () => {
  const cases: readonly (readonly [name: string, text: string, entries: readonly string[]])[] = [
    ["splits a command line", "sleep\x00100\0", ["sleep", "100"]],
    ["keeps empty arguments in the middle", "a\0\0b\0", ["a", "", "b"]],
    ["drops the padding that setproctitle leaves", "sshd: x\0\0\0\0", ["sshd: x"]],
    ["keeps newlines, escapes and other bytes", "a\nb\x1b[0m\xff\0", ["a\nb\x1b[0m\xff"]],
    ["takes text without an end as one entry", "renamed", ["renamed"]],
    ["tells a single empty argument from none", "\0", [""]],
    ["answers nothing for a kernel thread", "", []],
  ];
  for (const [name, text, entries] of cases) it(name, () => assert.deepEqual(splitNul(text), entries));

  it("gives back every list that does not end in empty entries", () => {
    const entry = fc.string().map((text) => text.replaceAll("\0", ""));
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        fc.pre(entries.at(-1) !== "");
        assert.deepEqual(splitNul(entries.map((text) => `${text}\0`).join("")), entries);
      }),
    );
  });
});

describe("environmentValue", () => {
  const environ = "PATH=/bin\0LD_PRELOAD=/tmp/x.so\0XLD_PRELOAD=no\0EMPTY=\0LD_PRELOAD=second\0";

  it("finds a variable at the start, in the middle, and an empty one", () => {
    assert.equal(environmentValue(environ, "PATH"), "/bin");
    assert.equal(environmentValue(environ, "LD_PRELOAD"), "/tmp/x.so");
    assert.equal(environmentValue(environ, "EMPTY"), "");
  });

  it("is not fooled by longer names or by values", () => {
    assert.equal(environmentValue(environ, "LD_PRELOA"), undefined);
    assert.equal(environmentValue("A=LD_PRELOAD=x\0", "LD_PRELOAD"), undefined);
    assert.equal(environmentValue("", "PATH"), undefined);
  });
});
