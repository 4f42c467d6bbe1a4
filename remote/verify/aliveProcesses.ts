import { randomBytes } from "node:crypto";
import { runToEnd } from "../shell/runToEnd.ts";
import type { Shell } from "../shell/shell.ts";
import { shellCommand } from "../shellQuote.ts";

export interface Claimed {
  readonly pid: number;
  readonly startTime: number;
}

export interface SecondLook {
  /** Processes that the helper reported as gone and that are still there. */
  readonly stillAlive: readonly Claimed[];
  /** False when the second way of looking gave no answer: then nothing was confirmed. */
  readonly hasLooked: boolean;
}

/**
 * Looks again whether processes are gone, past the helper: over a channel of its own,
 * with the shell's own reading of /proc. The helper's word alone does not count.
 */
export async function lookAgain(shell: Shell, claimed: readonly Claimed[]): Promise<SecondLook> {
  if (claimed.length === 0) return { stillAlive: [], hasLooked: true };
  const nonce = randomBytes(12).toString("hex");
  const pids = claimed.map(({ pid }) => String(Math.trunc(pid))).join(" ");
  const script = `for p in ${pids}; do read -r l < /proc/$p/stat && echo "${nonce} $p $l"; done 2>/dev/null; echo "${nonce} end"`;
  const { stdout } = await runToEnd(shell, shellCommand(["/bin/sh", "-c", script]), {
    timeoutMs: 15_000,
    limitBytes: 8 * 2 ** 20,
  });
  return readAnswer(stdout, nonce, claimed);
}

export function readAnswer(stdout: string, nonce: string, claimed: readonly Claimed[]): SecondLook {
  const lines = stdout.split("\n").filter((line) => line.startsWith(`${nonce} `));
  const hasLooked = lines.includes(`${nonce} end`);
  const stillAlive = claimed.filter(({ pid, startTime }) =>
    lines.some((line) => {
      const prefix = `${nonce} ${pid} `;
      if (!line.startsWith(prefix)) return false;
      // The name in brackets may hold anything, so the fields count from the last bracket; 22 is the start time.
      const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
      return fields[0] !== "Z" && fields[0] !== "X" && fields[19] === String(startTime);
    }),
  );
  return { stillAlive, hasLooked };
}
