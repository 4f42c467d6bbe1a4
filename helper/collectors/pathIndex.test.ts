import assert from "node:assert/strict";
import fc from "fast-check";
import { PathIndex } from "./pathIndex.ts";

describe("PathIndex", () => {
  it("names every file that has a line, however the bytes are cut", () => {
    const line = fc.string({ unit: fc.constantFrom("/", "a", "\xff", "b"), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(fc.array(line), { maxLength: 6 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (files, cut, hasEnd) => {
          const index = new PathIndex();
          for (const [number, lines] of files.entries()) {
            const bytes = Buffer.from(lines.join("\n") + (hasEnd ? "\n" : ""), "latin1");
            for (let at = 0; at < bytes.length; at += cut) index.feed(number, bytes.subarray(at, at + cut));
            index.endLine(number);
          }
          for (const wanted of new Set(files.flat())) {
            const expected = [...files.keys()].filter((number) => files[number]?.includes(wanted));
            assert.deepEqual(index.filesWith(wanted), expected);
          }
          assert.deepEqual(index.filesWith("/nowhere"), []);
        },
      ),
    );
  });

  it("answers again after more files came", () => {
    const index = new PathIndex();
    index.feed(3, Buffer.from("/a\n"));
    assert.deepEqual(index.filesWith("/a"), [3]);
    index.feed(1, Buffer.from("/a\n\n/b"));
    index.endLine(1);
    assert.deepEqual([index.filesWith("/a"), index.filesWith("/b"), index.filesWith("")], [[1, 3], [1], []]);
  });

  it("holds more lines than it starts with room for", () => {
    const index = new PathIndex();
    const lines = Array.from({ length: 40_000 }, (_, number) => `/usr/share/${number}`);
    index.feed(0, Buffer.from(lines.join("\n")));
    index.endLine(0);
    assert.ok(lines.every((line) => index.filesWith(line)[0] === 0));
  });
});
