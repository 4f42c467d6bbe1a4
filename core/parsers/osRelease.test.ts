import assert from "node:assert/strict";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { parseOsRelease } from "./osRelease.ts";

const sample = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
# comment
VERSION_ID='12'
ID=debian
NAME="say \\"hi\\""
`;

describe("parseOsRelease", () => {
  it("reads quoted and plain values", () => {
    assert.deepEqual(parseOsRelease(sample), {
      value: { id: "debian", prettyName: "Debian GNU/Linux 12 (bookworm)", versionId: "12" },
      problems: [],
    });
  });

  it("says unknown for what is missing, and reports a file without ID", () => {
    assert.deepEqual(parseOsRelease("NAME=x\n"), {
      value: { id: "unknown", prettyName: "unknown", versionId: "unknown" },
      problems: ["The file os-release names no ID."],
    });
  });

  describeHostileText(parseOsRelease, sample);
});
