import { spawn } from "node:child_process";
import { ownProcessGroup } from "#test/editor/rig/ownedProcesses";

/** Started by the test beside it: owns a process that would outlive it, prints its pid and waits to be ended. */
const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
ownProcessGroup(child);
console.log(child.pid);
setInterval(() => undefined, 1_000);
