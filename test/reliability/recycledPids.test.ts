import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { rounds, timeFor } from "./rounds.ts";
import { ResponseLab, whyNotRoot } from "./responseLab.ts";

describe("acting on a pid", function () {
  this.timeout(60_000);
  let lab: ResponseLab;

  before(function () {
    if (whyNotRoot() !== undefined) this.skip();
  });
  beforeEach(() => {
    lab = new ResponseLab("pids");
  });
  afterEach(() => lab.end());

  describe("C1 a pid that was recycled between plan and execution", () => {
    const runs = rounds(100, 1000);
    it(`is never touched, in ${runs} runs with a pid space of 60 and as many races`, function () {
      this.timeout(timeFor(runs, 600));
      const reason = whyNoPidNamespace();
      if (reason !== undefined) this.skip();
      const script = `"$0" --import tsx test/reliability/pidReuse.ts "$1" "$2"; exit $?`;
      const argv = [
        "-p",
        "-f",
        "-m",
        "--mount-proc",
        "/bin/sh",
        "-c",
        script,
        process.execPath,
        String(runs),
        lab.folder,
      ];
      const run = spawnSync("unshare", argv, { encoding: "utf8", timeout: timeFor(runs, 600) });
      assert.equal(run.status, 0, `${run.stdout}\n${run.stderr}`);
      const result: unknown = JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "");
      assert.deepEqual(result, { runs, reused: runs, drifted: runs, raced: runs, harmed: 0 });
    });
  });
});

/** pid_max is per namespace from Linux 6.14 on; before, writing it would change the whole machine. */
function whyNoPidNamespace(): string | undefined {
  const [major = 0, minor = 0] = readFileSync("/proc/sys/kernel/osrelease", "utf8").split(".").map(Number);
  if (major < 6 || (major === 6 && minor < 14)) return "pid_max is not per namespace before Linux 6.14";
  return spawnSync("unshare", ["-p", "-f", "-m", "--mount-proc", "true"]).status === 0
    ? undefined
    : "no pid namespaces";
}
