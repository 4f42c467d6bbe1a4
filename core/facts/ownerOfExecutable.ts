import type { Ownership, OwnershipFact } from "./facts.ts";
import type { ProcessFact } from "./process.ts";

/**
 * Who owns what a process really runs. `unknown` for kernel threads, for files that have
 * no name any more, and for files of a container, about which the host's database says
 * nothing; anonymous memory belongs to nobody.
 */
export function ownerOfExecutable(process: ProcessFact, ownership: OwnershipFact): Ownership {
  if (process.exe === undefined) return "unknown";
  if (process.exe.isMemfd) return "unowned";
  return ownership.byFile.get(process.exe.status.id) ?? "unknown";
}
