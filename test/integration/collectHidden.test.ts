import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FactName, Facts } from "#core/facts/facts";
import type { Observed } from "#core/facts/observed";
import { ownerOfExecutable } from "#core/facts/ownerOfExecutable";
import { collectFacts } from "#helper/collectors/collectFacts";
import { collectProcesses } from "#helper/collectors/processes";
import { defaultLimits } from "#helper/collectors/collectOptions";
import { LinuxHost } from "#helper/host/linuxHost";
import { hasNamespaces, hasPerl, isRoot, OwnProcesses } from "./ownProcesses.ts";

const root = join(__dirname, "../..");
const sleepPath = "/usr/bin/sleep";

/** Facts as a program sees them after `setUp` ran in a mount namespace of its own. */
function factsInside(setUp: string, names: readonly FactName[], uid = 0): Partial<Facts> {
  const collect = `exec ${process.execPath} --import tsx test/integration/printFacts.ts ${names.join(",")} ${uid}`;
  const run = spawnSync("unshare", ["--mount", "--propagation", "private", "sh", "-ec", `${setUp}\n${collect}`], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
    timeout: 60_000,
  });
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout);
}

function value<Value>(fact: Observed<Value> | undefined): Value {
  assert.ok(fact?.kind === "seen", fact?.kind === "unseen" ? fact.reason : "the fact is missing");
  return fact.value;
}

describe("facts about what is out of sight", function () {
  this.timeout(120_000);
  const own = new OwnProcesses();
  afterEach(() => own.end());
  beforeEach(() => mkdirSync(own.folder, { recursive: true }));

  it("C11 F37 report a process whose folder is covered by an empty one", async function () {
    if (!hasNamespaces()) this.skip();
    const { pid } = await own.start(sleepPath, ["300"]);
    mkdirSync(join(own.folder, "empty"));
    const facts = factsInside(`mount --bind ${own.folder}/empty /proc/${pid}`, ["processes", "pidSweep"]);
    assert.ok(!value(facts.processes).some((process) => process.pid === pid), "the test hides nothing");
    const hidden = value(facts.pidSweep).hidden.find((candidate) => candidate.pid === pid);
    assert.ok(hidden, "the covered process was not reported");
    assert.match(hidden.coveredBy ?? "", new RegExp(`on /proc/${pid}$`));
    assert.ok(hidden.shownBy.includes("kill(pid, 0)") && hidden.hiddenFrom.includes("reading /proc/PID"));
  });

  it("C11 report a process whose folder shows another process, and never mix the two up", async function () {
    if (!hasNamespaces()) this.skip();
    const { pid } = await own.start(sleepPath, ["300"]);
    const innocent = await own.start(sleepPath, ["301"]);
    const facts = factsInside(`mount --bind /proc/${innocent.pid} /proc/${pid}`, ["processes", "pidSweep"]);
    const arguments_ = value(facts.processes)
      .filter((process) => process.pid === pid || process.pid === innocent.pid)
      .map((process) => [process.pid, process.argv[1]]);
    assert.deepEqual(arguments_, [[innocent.pid, "301"]]);
    assert.ok(value(facts.pidSweep).hidden.some((candidate) => candidate.pid === pid));
  });

  it("C11 say so when hidepid keeps other users' processes out of sight", async function () {
    if (!hasNamespaces()) this.skip();
    const { pid } = await own.start(sleepPath, ["300"]);
    const facts = factsInside("mount -t proc -o hidepid=2 proc /proc", ["processes", "pidSweep"], 65_534);
    assert.ok(!value(facts.processes).some((process) => process.pid === pid), "the test hides nothing");
    assert.match(facts.pidSweep?.kind === "unseen" ? facts.pidSweep.reason : "", /hidepid/);
    const gaps = facts.processes?.kind === "seen" ? facts.processes.gaps : [];
    assert.ok(
      gaps.some((gap) => /hidepid=(2|invisible)/.test(gap) && gap.includes("needs root")),
      JSON.stringify(gaps),
    );
  });

  it("C11 are not an empty list where /proc is not mounted", function () {
    if (!hasNamespaces()) this.skip();
    const facts = factsInside(`mount -t tmpfs none /proc`, ["processes", "sockets", "cpu", "pidSweep", "executables"]);
    for (const [name, fact] of Object.entries(facts)) {
      assert.equal(fact.kind, "unseen", name);
      assert.match(fact.kind === "unseen" ? fact.reason : "", /\/proc/);
    }
  });

  it("count, in one sentence each, what needs root", async function () {
    if (!isRoot) this.skip();
    await own.start(sleepPath, ["300"]);
    const facts = factsInside("true", ["processes", "mappings"], 65_534);
    const gaps = facts.processes?.kind === "seen" ? facts.processes.gaps : [];
    const environment = gaps.filter((gap) => gap.startsWith("environment of a process"));
    assert.equal(environment.length, 1);
    assert.match(environment[0] ?? "", /^environment of a process \(\d+\): EACCES, needs root$/);
    assert.ok(gaps.length < 12, `${gaps.length} sentences`);
  });

  it("C9 F36 name the file that runs in another mount namespace, not the host's of the same path", async function () {
    if (!hasNamespaces()) this.skip();
    const path = join(own.folder, "tool");
    writeFileSync(path, "the host's own file");
    copyFileSync(sleepPath, join(own.folder, "copy"));
    mkdirSync(join(own.folder, "mnt"));
    const { pid } = await own.start("unshare", [
      "--mount",
      "--propagation",
      "private",
      "sh",
      "-ec",
      `mount -t tmpfs none mnt; cp copy mnt/xmrig; echo '{"pools":[]}' > mnt/config.json; mount --bind mnt/xmrig tool; cd mnt; exec ${path} 300`,
    ]);
    await waitFor(async () => (await exePath(pid)) === path);
    const facts = await collectFacts(new LinuxHost(), {
      cpuWindowMs: 10,
      facts: ["processes", "ownership", "texts", "executables"],
    });
    const process = value(facts.processes).find((candidate) => candidate.pid === pid);
    assert.ok(process?.exe);
    const { ino, dev } = statSync(path, { bigint: true });
    assert.deepEqual([process.exe.path, process.exe.isReplaced, process.exe.isDeleted], [path, false, false]);
    assert.notEqual(process.exe.status.id, `${dev}:${ino}`);
    assert.equal(ownerOfExecutable(process, value(facts.ownership)), "unknown", "the host's database cannot tell");
  });

  it("C12 stay within their limits, and say what they left out", async function () {
    if (!hasPerl) this.skip();
    const long = await own.start("/usr/bin/perl", [
      "-e",
      "sleep 300",
      ...Array.from({ length: 15 }, () => "x".repeat(100_000)),
    ]);
    const open = await own.startPerl(
      'my @all; for (1 .. 500) { open(my $f, "<", "/dev/null"); push @all, $f } print "ready\\n"; sleep 300;',
    );
    const facts = await collectFacts(new LinuxHost(), {
      cpuWindowMs: 10,
      facts: ["processes"],
      limits: { ...defaultLimits, descriptorsPerProcess: 100 },
    });
    const processes = value(facts.processes);
    const argv = processes.find(({ pid }) => pid === long.pid)?.argv ?? [];
    assert.equal(argv.join("\0").length, defaultLimits.cmdlineBytes);
    assert.ok(processes.some(({ pid }) => pid === open.pid));
    const gaps = facts.processes.kind === "seen" ? facts.processes.gaps.join("\n") : "";
    assert.match(gaps, /command lines read to 128 KiB only \(1\)/);
    assert.match(gaps, /more open files than are read \(\d+\)/);
  });

  it("C12 say how many processes were not read when there are too many", async () => {
    const answer = await collectProcesses(new LinuxHost(), {
      euid: 0,
      limits: { ...defaultLimits, processes: 3 },
      userNames: new Map(),
      mounts: [],
    });
    assert.ok(answer.kind === "seen" && answer.value.length <= 3);
    assert.match(answer.gaps.join("\n"), /^Only 3 of \d+ processes were read/m);
  });
});

async function exePath(pid: number): Promise<string> {
  const link = new LinuxHost().readLink(`/proc/${pid}/exe`);
  return typeof link === "string" ? link : "";
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail("the program did not get ready within two seconds");
}
