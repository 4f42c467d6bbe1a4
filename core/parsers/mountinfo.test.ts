import assert from "node:assert/strict";
import fc from "fast-check";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { parseMountinfo, unescapeOctal } from "./mountinfo.ts";

const sample = `22 27 0:21 / /proc rw,relatime shared:13 - proc proc rw,hidepid=invisible
36 35 98:0 /mnt1 /mnt/with\\040space\\012and\\134more rw,noatime master:1 propagate_from:2 - ext3 /dev/root rw,errors=continue
40 22 0:40 / /proc/4242 rw - tmpfs none rw
`;

describe("parseMountinfo", () => {
  it("reads options, optional fields and the options of the file system", () => {
    const [proc, disk, cover] = parseMountinfo(sample).value;
    assert.deepEqual(proc, {
      id: 22,
      parentId: 27,
      device: "0:21",
      root: "/",
      mountPoint: "/proc",
      options: ["rw", "relatime"],
      type: "proc",
      source: "proc",
      superOptions: ["rw", "hidepid=invisible"],
    });
    assert.equal(disk?.mountPoint, "/mnt/with space\nand\\more");
    assert.equal(disk?.root, "/mnt1");
    assert.equal(cover?.mountPoint, "/proc/4242");
  });

  it("reads a mount without source", () => {
    assert.equal(parseMountinfo("1 2 0:3 / /x rw - tmpfs  rw\n").value[0]?.type, "tmpfs");
  });

  it("reports a line in another form and goes on", () => {
    const { value, problems } = parseMountinfo(`nonsense\n${sample}`);
    assert.deepEqual([value.length, problems.length], [3, 1]);
  });

  it("gives back every path that the kernel escaped", () => {
    const byte = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.array(byte), (bytes) => {
        const path = bytes.join("");
        const escaped = path.replace(
          /[ \t\n\\#]/g,
          (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`,
        );
        assert.equal(unescapeOctal(escaped), path);
      }),
    );
  });

  describeHostileText(parseMountinfo, sample);
});
