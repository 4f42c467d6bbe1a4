import assert from "node:assert/strict";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { parseProcNetUnix } from "./procNetUnix.ts";

const sample = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 1001 /run/systemd/private
0000000000000000: 00000003 00000000 00000000 0001 03 1002
0000000000000000: 00000002 00000000 00000000 0002 01 1003 @/tmp/.X11 unix \xff
`;

describe("parseProcNetUnix", () => {
  it("reads paths with any byte, abstract names, and sockets without name", () => {
    assert.deepEqual(parseProcNetUnix(sample), {
      value: [
        { inode: "1001", path: "/run/systemd/private", state: "LISTEN" },
        { inode: "1002", path: "", state: "ESTABLISHED" },
        { inode: "1003", path: "@/tmp/.X11 unix \xff", state: "" },
      ],
      problems: [],
    });
  });

  it("reports the rest of a name that has a newline, and goes on", () => {
    const { value, problems } = parseProcNetUnix(sample.replace("/run/systemd", "/run/a\nb"));
    assert.equal(value.length, 3);
    assert.equal(problems.length, 1);
  });

  describeHostileText(parseProcNetUnix, sample);
});
