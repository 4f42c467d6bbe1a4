import assert from "node:assert/strict";
import fc from "fast-check";
import { programsOf, readShell } from "./shellCommand.ts";

describe("programsOf", () => {
  const cases: readonly [string, readonly string[]][] = [
    ["/bin/a -x", ["/bin/a"]],
    ["a; b && c || d | e & f", ["a", "b", "c", "d", "e", "f"]],
    ["A=1 B='x y' nohup nice -n 19 /bin/a >/dev/null 2>&1 &", ["/bin/a"]],
    ["sudo -u bob env X=1 /bin/a", ["/bin/a"]],
    ["timeout -s KILL 5m /bin/a", ["/bin/a"]],
    ["flock -n /run/l -c 'cd / && /bin/a'", ["/bin/a"]],
    ["bash -lc \"/bin/a; sh -c '/bin/b'\"", ["/bin/a", "/bin/b"]],
    ["bash /opt/x.sh", ["/opt/x.sh"]],
    ["python3 -u /opt/x.py arg", ["/opt/x.py"]],
    ["python3 -c 'import os; os.system(\"/x\")'", ["python3"]],
    ["perl5.36 /opt/x.pl", ["/opt/x.pl"]],
    [". /etc/profile.d/x.sh", ["/etc/profile.d/x.sh"]],
    ["cd /tmp && ./x -a", ["/tmp/x"]],
    ["cd /tmp; sh ./x", ["/tmp/x"]],
    ["if [ -x /bin/a ]; then /bin/a; fi", ["/bin/a"]],
    ['echo $(/bin/a) `/bin/b` "$(/bin/c)"', ["/bin/a", "/bin/b", "/bin/c"]],
    ["{ /bin/a; }", ["/bin/a"]],
    ["/bin/a # /bin/b", ["/bin/a"]],
    ["'/bin/with blank' x", ["/bin/with blank"]],
    ["\\/bin/a", ["/bin/a"]],
    ["export X=1", []],
    ["", []],
  ];
  for (const [command, programs] of cases)
    it(`finds ${JSON.stringify(programs)} in ${JSON.stringify(command)}`, () =>
      assert.deepEqual(programsOf(readShell(command)), programs));

  it("tells a guard from a command", () => {
    assert.equal(readShell("test -x /bin/a && /bin/a").isGuarded, true);
    assert.equal(readShell("command -v a >/dev/null && a").isGuarded, true);
    assert.equal(readShell("/bin/test-a").isGuarded, false);
  });

  it("answers for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 200 }), (text) => {
        for (const program of programsOf(readShell(text))) assert.notEqual(program, "");
      }),
      { numRuns: 1000 },
    );
  });
});
