import assert from "node:assert/strict";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { parseApkInstalled } from "./apkInstalled.ts";

const sample = `C:Q1abcdef
P:busybox
V:1.36.1-r2
F:bin
R:busybox
a:0:0:755
Z:Q1qqqqqqqqqqqqqqqqqqqqqqqqqqo=
F:etc
R:securetty

P:musl
F:
R:top
`;

describe("parseApkInstalled", () => {
  it("reads files by absolute path with package and digest", () => {
    assert.deepEqual(
      [...parseApkInstalled(sample).value],
      [
        ["/bin/busybox", { package: "busybox", sha1: "aa".repeat(20) }],
        ["/etc/securetty", { package: "busybox" }],
        ["/top", { package: "musl" }],
      ],
    );
  });

  it("reports a line in another form", () => {
    assert.equal(parseApkInstalled("nonsense\n").problems.length, 1);
  });

  describeHostileText(parseApkInstalled, sample);
});
