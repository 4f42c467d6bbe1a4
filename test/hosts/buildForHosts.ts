import { execFileSync } from "node:child_process";

let isBuilt = false;

/** Brings dist/ to what the sources say, with the runtime packs: these tests stage what is shipped. */
export function buildForHosts(): void {
  if (isBuilt) return;
  execFileSync(process.execPath, ["--import", "tsx", "scripts/build.ts"], { stdio: "pipe" });
  execFileSync(process.execPath, ["--import", "tsx", "scripts/buildRuntime.ts"], { stdio: "pipe" });
  isBuilt = true;
}
