import { homedir } from "node:os";
import { join } from "node:path";

/** The repository's top folder; this file lives in test/hosts/lab. */
export const repositoryPath = join(import.meta.dirname, "..", "..", "..");

/**
 * Where root file systems, compiled simulators and the records of running labs live:
 * outside the source tree, so that a second run builds nothing.
 */
export function labCachePath(): string {
  const cache = process.env["COUNTERMINE_CACHE"];
  if (cache !== undefined && cache !== "") return join(cache, "lab");
  // Without root there are no hosts, but the local drill still compiles its simulators.
  return process.getuid?.() === 0 ? "/var/cache/countermine-lab" : join(homedir(), ".cache", "countermine-lab");
}

/** One folder per running lab, named by the lab's id; on disk, because chattr +i fails on a tmpfs upper layer. */
export const labRunPath = (): string => join(labCachePath(), "run");
