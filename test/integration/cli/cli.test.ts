import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isolatedFileSchema, planResultSchema, planSchema, triageDocumentSchema } from "#protocol/schemas";

/** The command line as people and CI jobs use it: the built program, exit codes, one document on stdout. */
describe("countermine, the command line", function () {
  this.timeout(120_000);
  let folder: string;
  let state: string;

  before(() => {
    execFileSync(process.execPath, ["--import", "tsx", "scripts/build.ts"], { stdio: "pipe" });
    // Not below /tmp: a state folder wants parents that nobody else can write, and so does what is isolated.
    folder = mkdtempSync("/var/lib/countermine-cli-");
    state = join(folder, "state");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function run(...argv: readonly string[]): { code: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/cli.cjs", ...argv], { encoding: "utf8" });
    return { code: status, stdout, stderr };
  }
  const local = (...argv: readonly string[]) => run(...argv, "--state-dir", state, "--quiet");

  it("prints help with examples and ends with 0; without a command with 2", () => {
    assert.equal(run("--help").code, 0);
    assert.match(run("isolate", "--help").stdout, /Examples/);
    assert.equal(run().code, 2);
  });

  const misuses: readonly (readonly string[])[] = [
    ["no-such-command"],
    ["triage", "--mode", "wild"],
    ["triage", "--no-such-option"],
    ["isolate", "--yes"],
    ["isolate", "--pid", "1"],
    ["isolate", "--pid", "-5", "--dry-run"],
    ["isolated", "restore"],
    ["apply", "/nonexistent", "--yes"],
    ["triage", "--host", "-oProxyCommand=touch /tmp/never"],
    ["triage", "--allowlist", "/nonexistent"],
  ];
  for (const argv of misuses) {
    it(`ends with 2, says what to do and prints no document for: ${argv.join(" ")}`, () => {
      const { code, stdout, stderr } = run(...argv);
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.match(stderr, /Nothing was (done|changed)|Run `countermine --help`|no process was/i);
    });
  }

  it("triage prints one document that fits the contract, and an exit code that fits it", () => {
    const { code, stdout } = local("triage", "--format", "json");
    const document = triageDocumentSchema.parse(JSON.parse(stdout));
    const open = document.alarms.filter(({ state: alarmState }) => alarmState === "toBeHandled").length;
    assert.equal(code, open > 0 ? 1 : document.notRun.length > 0 ? 3 : 0);
  });

  it("isolates a file from a plan, lists, restores and remembers it", () => {
    const path = join(folder, "sample");
    writeFileSync(path, "#!/bin/sh\necho sample\n", { mode: 0o755 });
    const dry = local("isolate", "--file", path, "--dry-run", "--format", "json");
    const plan = planSchema.parse(JSON.parse(dry.stdout));
    assert.deepEqual(
      plan.steps.map(({ kind }) => kind),
      ["quarantine"],
      JSON.stringify(plan.refused),
    );
    assert.equal(existsSync(path), true, "a dry run changes nothing");

    const file = join(folder, "plan.json");
    writeFileSync(file, dry.stdout);
    const applied = local("apply", file, "--yes", "--format", "json");
    assert.deepEqual(
      planResultSchema.parse(JSON.parse(applied.stdout)).steps.map(({ state: outcome }) => outcome),
      ["done"],
    );
    assert.equal(applied.code, 0);
    assert.equal(existsSync(path), false);

    const { files } = JSON.parse(local("isolated", "list", "--format", "json").stdout);
    const isolated = isolatedFileSchema.parse(files[0]);
    assert.equal(isolated.path, path);
    assert.equal(local("isolated", "restore", isolated.id, "--yes").code, 0);
    assert.equal(readFileSync(path, "utf8"), "#!/bin/sh\necho sample\n");
    assert.match(local("journal").stdout, /quarantine/);
  });

  it("refuses pid 1 with a plan that has no step", () => {
    const { stdout } = local("isolate", "--pid", "1", "--dry-run", "--format", "json");
    const plan = planSchema.parse(JSON.parse(stdout));
    assert.deepEqual(plan.steps, []);
    assert.equal(plan.refused.length, 1);
  });

  it("autostart: a snapshot, no change, then one", () => {
    assert.match(local("autostart", "snapshot").stdout, /cron|systemd/i);
    const { stdout } = local("autostart", "diff", "--format", "json");
    assert.deepEqual(JSON.parse(stdout).changes, []);
  });
});
