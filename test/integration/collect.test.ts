import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import type { Facts } from "#core/facts/facts";
import type { Observed } from "#core/facts/observed";
import { ownerOfExecutable } from "#core/facts/ownerOfExecutable";
import { processKey, type ProcessFact } from "#core/facts/process";
import { collectFacts } from "#helper/collectors/collectFacts";
import { LinuxHost } from "#helper/host/linuxHost";
import { hasPerl, OwnProcesses, type OwnProcess } from "./ownProcesses.ts";

const sleepPath = "/usr/bin/sleep";

describe("facts about this machine", function () {
  this.timeout(60_000);
  const own = new OwnProcesses();
  const started: Record<string, OwnProcess> = {};
  const inFolder = (name: string): string => join(own.folder, name);
  const sleepAs = async (name: string, argv0?: string): Promise<OwnProcess> => {
    copyFileSync(sleepPath, inFolder(name));
    return own.start(inFolder(name), ["300"], argv0 === undefined ? {} : { argv0 });
  };
  let facts: Facts;
  let server: Server;
  let port = 0;

  before(async () => {
    started["deleted"] = await sleepAs("deleted");
    unlinkSync(inFolder("deleted"));
    started["decoy"] = await sleepAs("decoy");
    unlinkSync(inFolder("decoy"));
    writeFileSync(inFolder("decoy"), "innocent");
    started["said"] = await sleepAs("said (deleted)");
    started["linked"] = await sleepAs("linked");
    linkSync(inFolder("linked"), inFolder("other name"));
    unlinkSync(inFolder("linked"));
    started["kworker"] = await own.start(sleepPath, ["300"], { argv0: "[kworker/0:1]" });
    started["sshd"] = await sleepAs("sshd", "sshd: root@pts/0");
    started["brackets"] = await sleepAs("x) S 1 (\n");
    started["bytes"] = await sleepAs("bytes");
    started["busy"] = await own.start("/bin/sh", ["-c", "while :; do :; done"]);
    mkdirSync(inFolder(".hidden"));
    writeFileSync(inFolder(".hidden/config.json"), '{"pools":[]}');
    copyFileSync(sleepPath, inFolder(".hidden/[migration]"));
    started["hidden"] = await own.start(inFolder(".hidden/[migration]"), ["300"], { cwd: inFolder(".hidden") });
    writeFileSync(inFolder("loop.sh"), "#!/bin/sh\nsleep 300\n");
    started["script"] = await own.start("/bin/sh", ["loop.sh"]);
    if (hasPerl) started["memfd"] = await startMemfd(own);
    if (hasPerl) started["zombie"] = await startZombieParent(own);
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    port = typeof address === "object" && address !== null ? address.port : 0;

    facts = await collectFacts(new LinuxHost(), {
      cpuWindowMs: 500,
      binaryMarkers: [
        { id: "usage", literal: "--version" },
        { id: "absent", literal: "this text is in no program at all" },
      ],
    });
  });

  after(async () => {
    server?.close();
    await own.end();
  });

  const processOf = (name: string): ProcessFact => {
    const wanted = started[name];
    const process = value(facts.processes).find(({ pid }) => pid === wanted?.pid);
    assert.ok(process, `${name} (${wanted?.pid}) was not seen`);
    assert.equal(process.startTime, wanted?.startTime, "it is the process that the test started");
    return process;
  };
  const exeOf = (name: string): NonNullable<ProcessFact["exe"]> => {
    const { exe } = processOf(name);
    assert.ok(exe, `${name} has no executable`);
    return exe;
  };

  it("C7 finds a deleted executable by its inode and can still read it", () => {
    const exe = exeOf("deleted");
    assert.equal(exe.path, inFolder("deleted"));
    assert.deepEqual([exe.isDeleted, exe.status.nlink, exe.isMemfd], [true, 0, false]);
    const executable = value(facts.executables).get(exe.status.id);
    assert.equal(executable?.sha256, sha256(sleepPath));
    assert.equal(executable?.format, "elf");
    assert.deepEqual(executable?.markers, ["usage"]);
  });

  it("C7 finds a program in anonymous memory", function () {
    if (!hasPerl) this.skip();
    const exe = exeOf("memfd");
    assert.equal(exe.path, "/memfd:hidden");
    assert.ok(exe.isMemfd && exe.isDeleted);
    assert.equal(ownerOfExecutable(processOf("memfd"), value(facts.ownership)), "unowned");
    assert.equal(value(facts.executables).get(exe.status.id)?.sha256, sha256(sleepPath));
  });

  it("C8 tells the running file from a decoy at its path", () => {
    const exe = exeOf("decoy");
    const decoy = statSync(inFolder("decoy"), { bigint: true });
    assert.deepEqual([exe.isDeleted, exe.isReplaced], [true, true]);
    assert.notEqual(exe.status.id, `${decoy.dev}:${decoy.ino}`);
    assert.equal(value(facts.executables).get(exe.status.id)?.sha256, sha256(sleepPath));
    assert.equal(readFileSync(inFolder("decoy"), "utf8"), "innocent", "the decoy was left alone");
  });

  it("C8 believes the inode of a file that is really called (deleted)", () => {
    const exe = exeOf("said");
    assert.equal(exe.path, inFolder("said (deleted)"));
    assert.deepEqual([exe.isDeleted, exe.isReplaced], [false, false]);
  });

  it("C8 sees that a name is gone while another link keeps the file", () => {
    const exe = exeOf("linked");
    assert.equal(exe.path, inFolder("linked"));
    assert.deepEqual([exe.isDeleted, exe.isReplaced, exe.status.nlink], [false, true, 1]);
  });

  it("C2 sees through the name of a kernel thread", () => {
    const process = processOf("kworker");
    assert.deepEqual(process.argv, ["[kworker/0:1]", "300"]);
    assert.equal(process.isKernelThread, false);
    assert.equal(process.exe?.path, sleepPath);
    const threads = value(facts.processes).filter(({ isKernelThread }) => isKernelThread);
    assert.ok(threads.every(({ ppid, argv, exe }) => (ppid === 2 || ppid === 0) && argv.length === 0 && !exe));
  });

  it("C2 keeps what a program calls itself apart from what it runs", () => {
    const process = processOf("sshd");
    assert.deepEqual([process.comm, process.argv[0]], ["sshd", "sshd: root@pts/0"]);
    assert.equal(process.exe?.path, inFolder("sshd"));
    assert.equal(ownerOfExecutable(process, value(facts.ownership)), hasDpkg(facts) ? "unowned" : "unknown");
  });

  it("C2 reads a name with brackets and a newline", () => {
    const process = processOf("brackets");
    assert.equal(process.comm, "x) S 1 (\n");
    assert.equal(process.exe?.path, inFolder("x) S 1 (\n"));
    assert.deepEqual([process.state, process.ppid, process.threadCount], ["S", global.process.pid, 1]);
  });

  it("C10 reports a zombie as one, without executable, and goes on", function () {
    if (!hasPerl) this.skip();
    const parent = processOf("zombie");
    const zombie = value(facts.processes).find(({ ppid }) => ppid === parent.pid);
    assert.deepEqual([zombie?.state, zombie?.exe, zombie?.argv], ["Z", undefined, []]);
  });

  it("know the package of a system program and its digest", function () {
    if (!hasDpkg(facts)) this.skip();
    assert.deepEqual(ownerOfExecutable(processOf("kworker"), value(facts.ownership)), {
      manager: "dpkg",
      package: "coreutils",
      digest: "intact",
    });
  });

  it("say who listens", () => {
    const socket = value(facts.sockets).find(({ localPort, state }) => localPort === port && state === "LISTEN");
    assert.equal(socket?.localAddress, "127.0.0.1");
    assert.deepEqual(socket?.pids, [global.process.pid]);
  });

  it("say who used the processors", () => {
    const { byProcess, elapsedNs, busyShare } = value(facts.cpu);
    const runNs = (name: string): number => byProcess.get(processKey(processOf(name)))?.runNs ?? 0;
    assert.ok(elapsedNs >= 490e6);
    assert.ok(runNs("busy") > elapsedNs / 20, `${runNs("busy")} of ${elapsedNs}`);
    assert.ok(runNs("deleted") < elapsedNs / 100);
    assert.ok(busyShare > 0 && busyShare <= 1);
  });

  it("hold the configuration beside a suspect program and the script that a shell runs", () => {
    const texts = value(facts.texts);
    const config = texts.find(({ path }) => path === inFolder(".hidden/config.json"));
    assert.equal(config?.content, '{"pools":[]}');
    assert.equal(config?.topic, "minerConfig");
    assert.ok(config.processes.includes(processKey(processOf("hidden"))));
    const script = texts.find(({ path }) => path === inFolder("loop.sh"));
    assert.deepEqual([script?.topic, script?.processes], ["script", [processKey(processOf("script"))]]);
  });

  it("find nothing hidden where nothing is", () => {
    const { hidden, swept } = value(facts.pidSweep);
    const ownPids = new Set(Object.values(started).map(({ pid }) => pid));
    assert.deepEqual(
      hidden.filter(({ pid }) => ownPids.has(pid)),
      [],
    );
    assert.ok(swept >= Math.max(...ownPids));
  });
});

function value<Value>(fact: Observed<Value>): Value {
  assert.ok(fact.kind === "seen", fact.kind === "unseen" ? fact.reason : "");
  return fact.value;
}

function hasDpkg(facts: Facts): boolean {
  return value(facts.ownership).manager === "dpkg";
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Copies sleep into anonymous memory and becomes it. */
async function startMemfd(own: OwnProcesses): Promise<OwnProcess> {
  const number = process.arch === "arm64" ? 279 : 319;
  const program = await own.startPerl(`
    my $name = "hidden"; my $fd = syscall(${number}, $name, 1);
    open(my $memory, ">&=", $fd); open(my $file, "<", "${sleepPath}"); binmode $file; binmode $memory;
    local $/; print {$memory} <$file>; $memory->flush;
    print "ready\\n"; exec { "/proc/self/fd/$fd" } "hidden", "300";
  `);
  await new Promise((resolve) => setTimeout(resolve, 100));
  return program;
}

/** A parent that does not ask how its child ended. */
function startZombieParent(own: OwnProcesses): Promise<OwnProcess> {
  return own.startPerl('if (fork() == 0) { exit 0 } select(undef, undef, undef, 0.2); print "ready\\n"; sleep 300;');
}
