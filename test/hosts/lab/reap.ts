import { readLabRecords } from "./labRecord.ts";
import { isAlive } from "./processIdentity.ts";
import { removeLab } from "./removeHost.ts";

/** Removes what labs of dead processes left on this machine; a lab whose owner lives is never touched. */
export async function reap(): Promise<readonly string[]> {
  const dead = readLabRecords().filter((lab) => !isAlive(lab.owner));
  for (const lab of dead) await removeLab(lab);
  return dead.map((lab) => lab.id);
}
