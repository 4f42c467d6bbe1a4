import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { appendFileSync, copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readBootId, Responder } from "#helper/execute/responder";
import { LiveProcess } from "#helper/execute/liveProcess";
import { forgedKill, targetOf } from "./forgedPlan.ts";

/*
 * C1, to be run as `pidReuse.ts RUNS FOLDER` inside a pid namespace of its own. A process
 * is planned for, dies, and its pid comes around to an innocent process of the very same
 * executable: first before the plan is applied, then while it is.
 */
async function main(runs: number, folder: string): Promise<void> {
  writeFileSync("/proc/sys/kernel/pid_max", "360");
  const program = join(folder, "program");
  copyFileSync("/usr/bin/sleep", program);
  appendFileSync(program, folder);
  const responder = new Responder({
    stateDir: join(folder, "state"),
    operator: "tester@bench",
    host: { id: "0".repeat(32), name: "bench", bootId: readBootId() },
    ownership: { ownerOf: () => "unowned" },
    log: () => undefined,
  });
  // The kernel hands out pids below 300 only once, so only those above come around.
  process.kill(await startAtPid(program, 320), "SIGKILL");
  const counts = { runs, reused: 0, drifted: 0, raced: 0, harmed: 0 };
  for (let run = 0; run < runs; run += 1) {
    const victim = await start(program);
    const pid = victim.pid ?? 0;
    const plan = await responder.prepareContain([{ kind: "process", pid }]);
    await end(victim);
    const innocent = await startAtPid(program, pid);
    if (innocent === pid) counts.reused += 1;
    const [result] = (await responder.applyPlan(plan)).steps;
    if (result?.state === "drifted") counts.drifted += 1;
    if (!isUnharmed(pid)) counts.harmed += 1;
    process.kill(innocent, "SIGKILL");
  }
  for (let run = 0; run < runs; run += 1) {
    const victim = await start(program);
    const pid = victim.pid ?? 0;
    const plan = forgedKill(targetOf(pid));
    const ended = new Promise((resolve) => victim.once("exit", resolve));
    // The pid changes hands somewhere between the reading of the plan and the last signal.
    const handover = churn(program, pid, (run % 25) * 1000);
    await responder.applyPlan(plan);
    victim.kill("SIGKILL");
    await ended;
    await handover;
    counts.raced += 1;
    // The innocent one may already have had the pid while signals were sent, or get it later.
    if (LiveProcess.open(pid) === undefined || !isUnharmed(pid)) counts.harmed += 1;
    process.kill(pid, "SIGKILL");
  }
  process.stdout.write(`${JSON.stringify(counts)}\n`);
}

async function startAtPid(program: string, pid: number): Promise<number> {
  await churn(program, pid, 0);
  for (let turn = 0; turn < 200; turn += 1) {
    const live = LiveProcess.open(pid);
    const exe = live?.readLink("exe");
    live?.close();
    if (exe === program) return pid;
    await sleep(5);
  }
  throw new Error(`pid ${pid} did not come around`);
}

/**
 * Kills whatever has the pid after so many microseconds, and forks until a child gets
 * it; that one becomes the program. Perl forks ten times faster than Node spawns.
 */
async function churn(program: string, pid: number, microseconds: number): Promise<void> {
  const script = `select undef, undef, undef, ${microseconds} / 1e6; kill 9, ${pid} if ${microseconds}; for (1 .. 20000) { my $p = fork(); if (!$p) { exec "${program}", "600" if $$ == ${pid}; exit 0 } exit 0 if $p == ${pid}; waitpid $p, 0 } exit 1`;
  const forks = spawn("/usr/bin/perl", ["-e", script], { stdio: "ignore" });
  const code = await new Promise((resolve) => forks.once("exit", resolve));
  if (code !== 0) throw new Error(`pid ${pid} did not come around`);
}

function start(program: string): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ["600"], { stdio: "ignore" });
    child.once("error", reject);
    child.once("spawn", () => resolve(child));
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}

function isUnharmed(pid: number): boolean {
  const live = LiveProcess.open(pid);
  const state = live?.stat()?.state;
  live?.close();
  return state !== undefined && "RS".includes(state);
}

main(Number(process.argv[2]), process.argv[3] ?? "").catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
