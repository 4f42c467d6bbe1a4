import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildDistribution, packageExtension } from "./packageExtension.ts";
import { ensureRuntimePacks } from "./runtime/ensureRuntimePacks.ts";
import { describeDrill, drillAddress, type Drill, writeDrillConfiguration } from "./start/drillConfiguration.ts";
import { openWorkbench } from "./start/openWorkbench.ts";
import { startDrill } from "#test/hosts/drill";

const root = join(__dirname, "..");

const usage = `npm start             an infected host of our own, and the workbench to look at it
npm start -- --once   looks at that host from the command line, prints its alarms and ends`;

/**
 * `npm start`: builds, starts the drill host, and opens the workbench on it until Ctrl+C.
 * With `--once`: triages the drill host by the command line instead, and ends.
 */
async function main(argv: readonly string[]): Promise<number> {
  if (argv.some((argument) => argument !== "--once")) {
    console.error(usage);
    return 2;
  }
  const isOnce = argv.includes("--once");
  const interrupted = interruption();
  const closers: (() => Promise<void> | void)[] = [];
  try {
    step("Building...");
    await buildDistribution(root);
    bringRuntimePacks();
    const drill = await startDrill({ onStep: step });
    closers.unshift(drill.stop);
    step(describeDrill(drill));
    const configuration = writeDrillConfiguration(drill);
    closers.unshift(configuration.remove);
    if (isOnce) return triageOnce(drill, configuration.sshConfigFile);
    if (interrupted.isAsked()) return 0;

    const vsix = join(root, "dist/countermine.vsix");
    await packageExtension(root, vsix);
    const workbench = await openWorkbench(vsix, configuration.settings);
    if (workbench.kind === "unavailable") {
      console.error(`The workbench can't be opened: ${workbench.reason}`);
      return 1;
    }
    closers.unshift(workbench.close);
    console.log(`\n  Countermine is open at ${workbench.address}\n\n  Ctrl+C ends it and removes the drill host.\n`);
    await interrupted.asked;
    return 0;
  } finally {
    step("Cleaning up...");
    for (const close of closers) await close();
  }
}

/** Exit code 0 when the drill host's alarms were printed; a drill without alarms is a failure. */
function triageOnce(drill: Drill, sshConfigFile: string): number {
  const argv = [join(root, "dist/cli.cjs"), "triage", "--host", drillAddress(drill), "--ssh-config", sshConfigFile];
  const triage = spawnSync(process.execPath, argv, { stdio: "inherit" });
  if (triage.status === 1) return 0;
  console.error(`The triage of the drill host ended with ${triage.status ?? triage.signal}; 1 (alarms) was expected.`);
  return 1;
}

function bringRuntimePacks(): void {
  try {
    ensureRuntimePacks(root, step);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    step(`Without runtime packs, hosts need a Node of their own: ${why}`);
  }
}

/** Ctrl+C, asked for once; a second one ends the program at once. */
function interruption(): { readonly asked: Promise<void>; readonly isAsked: () => boolean } {
  let isAsked = false;
  const asked = new Promise<void>((resolve) => {
    const ask = (): void => {
      if (isAsked) process.exit(130);
      isAsked = true;
      resolve();
    };
    process.on("SIGINT", ask);
    process.on("SIGTERM", ask);
  });
  return { asked, isAsked: () => isAsked };
}

function step(text: string): void {
  console.error(text);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
