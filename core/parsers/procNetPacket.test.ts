import assert from "node:assert/strict";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { parseProcNetPacket } from "./procNetPacket.ts";

const sample = `sk       RefCnt Type Proto  Iface R Rmem   User   Inode
0000000000000000 3      3    0003   2     1 0      0      9876
`;

describe("parseProcNetPacket", () => {
  it("reads who listens to raw frames of which kind", () => {
    assert.deepEqual(parseProcNetPacket(sample).value, [{ inode: "9876", uid: 0, protocol: 3, interfaceIndex: 2 }]);
  });

  it("reports a line in another form", () => {
    assert.equal(parseProcNetPacket(`${sample}x y\n`).problems.length, 1);
  });

  describeHostileText(parseProcNetPacket, sample);
});
