import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { buildOnce } from "../lab/buildOnce.ts";
import { labCachePath } from "../lab/paths.ts";
import { mustRun } from "../lab/runCommand.ts";

/** Paths, on this machine, of what scenarios put into a host. All programs are static. */
export interface Simulators {
  readonly burner: string;
  readonly memfdRunner: string;
  readonly reverseShell: string;
  readonly webWorker: string;
  /** A shared library; it hides command lines that contain `hiddenWord`. */
  readonly preloadHider: string;
  readonly watchdog: string;
}

export const hiddenWord = "gsd-wacom-sync";
const programs = ["burner", "memfdRunner", "reverseShell", "webWorker"] as const;

/** Compiles the simulators into the cache; does nothing when they are there. Needs gcc and libc6-dev. */
export async function ensureSimulators(cachePath = labCachePath()): Promise<Simulators> {
  const sources = readdirSync(import.meta.dirname)
    .filter((name) => /\.(c|sh)$/.test(name))
    .sort();
  const hash = createHash("sha256").update(hiddenWord).update(process.arch);
  for (const name of sources) hash.update(name).update(readFileSync(join(import.meta.dirname, name)));
  const key = `sims-${hash.digest("hex").slice(0, 12)}`;
  const built = await buildOnce(join(cachePath, key), async (folder) => {
    const source = (name: string): string => join(import.meta.dirname, name);
    for (const name of programs) {
      await mustRun(["gcc", "-O1", "-Wall", "-static", "-pthread", "-o", join(folder, name), source(`${name}.c`)]);
    }
    const library = ["-shared", "-fPIC", `-DHIDDEN="${hiddenWord}"`, "-o", join(folder, "preloadHider.so")];
    await mustRun(["gcc", "-O1", "-Wall", ...library, source("preloadHider.c")]);
    copyFileSync(source("watchdog.sh"), join(folder, "watchdog.sh"));
  });
  return {
    burner: join(built, "burner"),
    memfdRunner: join(built, "memfdRunner"),
    reverseShell: join(built, "reverseShell"),
    webWorker: join(built, "webWorker"),
    preloadHider: join(built, "preloadHider.so"),
    watchdog: join(built, "watchdog.sh"),
  };
}
