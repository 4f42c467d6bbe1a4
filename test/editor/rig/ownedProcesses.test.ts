import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endProcessGroup } from "#test/editor/rig/ownedProcesses";

describe("owned processes", function () {
  this.timeout(30_000);
  before(function () {
    if (process.platform === "win32") this.skip();
  });

  it("end with their whole group, members that ignore the polite signal too", async () => {
    // The inner shell ignores SIGTERM; the outer one prints its pid and waits for it.
    const leader = spawn("sh", ["-c", "sh -c 'trap \"\" TERM; while :; do sleep 1; done' & echo $!; wait"], {
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const member = await firstNumber(leader);
    assert.equal(isAlive(member), true);
    await endProcessGroup(leader, 500);
    assert.equal(await isGone(member), true);
  });

  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) {
    it(`end when their program is ended by ${signal}`, async () => {
      const program = spawn(process.execPath, ["--import", "tsx", join(__dirname, "ownerProgram.ts")], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const owned = await firstNumber(program);
      assert.equal(isAlive(owned), true);
      const exit = once(program, "exit");
      program.kill(signal);
      await exit;
      assert.equal(await isGone(owned), true);
    });
  }
});

async function firstNumber(child: ChildProcess): Promise<number> {
  assert.ok(child.stdout);
  let text = "";
  for await (const part of child.stdout) {
    text += String(part);
    if (text.includes("\n")) break;
  }
  const number = Number.parseInt(text, 10);
  assert.ok(number > 1, `a pid was expected: ${text}`);
  return number;
}

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 50 && isAlive(pid); tries += 1) await sleep(100);
  return !isAlive(pid);
}

/** A zombie still answers signals on a machine whose first process does not collect it; it counts as gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !existsSync("/proc/self/stat") || !isZombie(pid);
}

function isZombie(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\) /, " "));
  } catch {
    return true;
  }
}
