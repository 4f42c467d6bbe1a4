import assert from "node:assert/strict";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { parseSchedstat } from "./schedstat.ts";

describe("parseSchedstat", () => {
  it("reads the nanoseconds that the thread ran", () => {
    assert.equal(parseSchedstat("1234567890 42 7\n").value, 1_234_567_890);
  });

  it("refuses what does not start with a number", () => {
    for (const text of ["", "7", "x 1 2", "-5 0 0"]) assert.equal(parseSchedstat(text).value, undefined);
  });

  describeHostileText(parseSchedstat, "1234567890 42 7\n");
});
