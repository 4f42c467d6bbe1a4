import { readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Every name that the helper and its launcher make in a state folder; `lock` also has drafts beside it. */
const ownNames = new Set([
  "alarms.ndjson",
  "autostart",
  "evidence",
  "journal.ndjson",
  "key",
  "lock",
  "quarantine",
  "runtime",
]);

function isOwn(name: string): boolean {
  return ownNames.has(name) || name.startsWith("lock.");
}

/**
 * Removes what is ours from a state folder, and the folder when nothing else is in it.
 * The folder is the operator's choice and may hold other things (a home folder is closed
 * and root's too), so it is never removed as a whole.
 * @returns the paths that are gone
 */
export function removeOwnEntries(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const own = names.filter(isOwn);
  for (const name of own) rmSync(join(folder, name), { recursive: true, force: true });
  if (own.length < names.length) return own.map((name) => join(folder, name));
  rmdirSync(folder);
  return [folder];
}
