import type { ProcessFact } from "../facts/process.ts";

/** Runs on its own: no terminal, and init's child or the leader of a session, as daemons and `setsid` make them. */
export function isDetached({ tty, ppid, session, pid }: ProcessFact): boolean {
  return tty === 0 && (ppid === 1 || session === pid);
}
