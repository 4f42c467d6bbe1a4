import assert from "node:assert/strict";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { parseProcCgroup } from "./procCgroup.ts";

describe("parseProcCgroup", () => {
  const cases: readonly (readonly [name: string, text: string, path: string | undefined])[] = [
    ["takes the unified path", "0::/system.slice/cron.service\n", "/system.slice/cron.service"],
    [
      "takes systemd's path on a hybrid host where the unified one is unused",
      "12:cpu,cpuacct:/\n1:name=systemd:/user.slice/x.scope\n0::/\n",
      "/user.slice/x.scope",
    ],
    ["takes a controller's path where nothing else has one", "4:memory:/docker/abc\n0::/\n", "/docker/abc"],
    ["answers the root when that is all", "0::/\n", "/"],
    ["keeps colons and odd bytes of a name", "0::/a:b \xff\x1b[0m\n", "/a:b \xff\x1b[0m"],
    ["has nothing to say about an empty file", "", undefined],
  ];
  for (const [name, text, path] of cases) {
    it(name, () => assert.equal(parseProcCgroup(text).value, path));
  }

  it("reports a line without path", () => {
    assert.deepEqual(parseProcCgroup("nonsense"), {
      value: undefined,
      problems: ["A control group line has no path."],
    });
  });

  describeHostileText(parseProcCgroup, "1:name=systemd:/user.slice\n0::/\n");
});
