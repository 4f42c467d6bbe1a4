import { spawn } from "node:child_process";
import type { ExecChannel, ExitStatus, Shell } from "../shell/shell.ts";

/** This machine, reached without SSH; the same staging and the same helper as on a remote host. */
export function localShell(): Shell {
  return { exec: (command) => Promise.resolve(start(command)) };
}

function start(command: string): ExecChannel {
  // A process group of its own: Ctrl+C in a terminal must end the session in order, not the helper in the middle of a step.
  const child = spawn("/bin/sh", ["-c", command], { stdio: ["pipe", "pipe", "pipe"], detached: true });
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once("error", () => resolve({}));
    child.once("close", (code, signal) =>
      resolve({ ...(code === null ? {} : { code }), ...(signal === null ? {} : { signal }) }),
    );
  });
  child.stdin.on("error", () => undefined);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exited,
    close: () => void child.stdin.end(),
  };
}
