import assert from "node:assert/strict";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { parseProcMaps } from "./procMaps.ts";

const sample = `55d0c0a00000-55d0c0a02000 r--p 00000000 fe:00 1234                       /usr/bin/sleep
55d0c0a02000-55d0c0a06000 r-xp 00002000 fe:00 1234                       /usr/bin/sleep
7f0000000000-7f0000100000 rwxp 00000000 00:00 0 
7f0000200000-7f0000300000 r-xp 00000000 fe:00 777                        /tmp/with space\\012x.so (deleted)
7f0000200000-7f0000300000 r-xp 00000000 fe:00 777                        /tmp/with space\\012x.so (deleted)
7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0                          [vdso]
`;

describe("parseProcMaps", () => {
  it("lists each executable file once, with the kernel's remark and escapes undone", () => {
    assert.deepEqual(parseProcMaps(sample), {
      value: [
        { path: "/usr/bin/sleep", inode: "1234", saysDeleted: false },
        { path: "/tmp/with space\nx.so", inode: "777", saysDeleted: true },
      ],
      problems: [],
    });
  });

  it("reports a line in another form", () => {
    assert.equal(parseProcMaps("zz\n").problems.length, 1);
  });

  describeHostileText(parseProcMaps, sample);
});
