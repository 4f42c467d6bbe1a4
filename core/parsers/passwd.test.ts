import assert from "node:assert/strict";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { parsePasswd } from "./passwd.ts";

const sample = `root:x:0:0:root:/root:/bin/bash
# comment
+::::::
toor:x:0:0::/root:
web:x:1000:1001:Web,,,:/srv/w\xe9b:/usr/sbin/nologin
`;

describe("parsePasswd", () => {
  it("reads accounts, those with the same number included", () => {
    assert.deepEqual(parsePasswd(sample), {
      value: [
        { name: "root", uid: 0, gid: 0, home: "/root", shell: "/bin/bash" },
        { name: "toor", uid: 0, gid: 0, home: "/root", shell: "" },
        { name: "web", uid: 1000, gid: 1001, home: "/srv/w\xe9b", shell: "/usr/sbin/nologin" },
      ],
      problems: [],
    });
  });

  it("reports a line without numbers and goes on", () => {
    const { value, problems } = parsePasswd(`evil:x:zero:0::/:\n${sample}`);
    assert.deepEqual([value.length, problems.length], [3, 1]);
  });

  describeHostileText(parsePasswd, sample);
});
