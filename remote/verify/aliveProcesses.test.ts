import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { localShell } from "../local/localShell.ts";
import { lookAgain, readAnswer } from "./aliveProcesses.ts";

describe("lookAgain", () => {
  it("F6 sees a process that was reported as gone and is not, whatever its name", async () => {
    const child = spawn("/bin/sh", ["-c", "sleep 30 & wait"], { argv0: "x) Z 1" });
    try {
      const pid = child.pid ?? 0;
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      const startTime = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
      const claim = { pid, startTime };
      assert.deepEqual(await lookAgain(localShell(), [claim]), { stillAlive: [claim], hasLooked: true });
      const recycled = { pid, startTime: startTime - 1 };
      assert.deepEqual(await lookAgain(localShell(), [recycled]), { stillAlive: [], hasLooked: true });
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("takes silence for no answer, not for success", () => {
    assert.deepEqual(readAnswer("", "n", [{ pid: 1, startTime: 1 }]), { stillAlive: [], hasLooked: false });
  });

  it("does not count a zombie as alive, even with a forged name", () => {
    const fields = ["Z", ...Array.from({ length: 18 }, () => "0"), "77"].join(" ");
    assert.deepEqual(readAnswer(`n 5 5 (a) S 1) ${fields}\nn end\n`, "n", [{ pid: 5, startTime: 77 }]).stillAlive, []);
  });
});
