import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureLabPackages } from "./ensureLabPackages.ts";
import { enterHost } from "./enterHost.ts";
import { Lab } from "./lab.ts";
import { LabHost } from "./labHost.ts";
import { type HostRecord, type LabRecord, readLabRecords } from "./labRecord.ts";
import { labRunPath, repositoryPath } from "./paths.ts";
import { isAlive } from "./processIdentity.ts";
import { reap } from "./reap.ts";
import type { LabSuite } from "./rootFileSystem.ts";

const usage = `Lab hosts for people. Needs root.
  up [SUITE…]        boot hosts (bullseye bookworm trixie mini; default bookworm) and leave them running
  ls                 what runs, and how to reach it
  exec NAME [ARGV…]  run a program as root in a host; without one, a shell
  down [LAB…]        stop labs that \`up\` started; without a name, all of them
  reap               remove what labs of dead processes left
`;

interface RunningHost {
  readonly lab: LabRecord;
  readonly host: HostRecord;
}

async function main([command = "", ...parameters]: readonly string[]): Promise<number> {
  switch (command) {
    case "up":
      return await up(parameters.length === 0 ? ["bookworm"] : parameters);
    case "keep":
      return await keep(parameters);
    case "ls":
      for (const { lab, host } of runningHosts()) console.log(describeHost(lab, host));
      return 0;
    case "exec":
      return await execIn(parameters);
    case "down":
      return await down(parameters);
    case "reap":
      for (const id of await reap()) console.log(`removed lab ${id}`);
      return 0;
    default:
      console.error(usage);
      return 2;
  }
}

/** Leaves the hosts with a keeper process, the lab's owner; `down` asks it to end. */
async function up(suites: readonly string[]): Promise<number> {
  const unknown = suites.find((suite) => !isSuite(suite));
  if (unknown !== undefined) {
    console.error(`There is no suite ${unknown}: bullseye, bookworm, trixie or mini.`);
    return 2;
  }
  const availability = await ensureLabPackages();
  if (availability.kind === "unavailable") {
    console.error(availability.reason);
    return 1;
  }
  mkdirSync(labRunPath(), { recursive: true });
  const log = openSync(join(labRunPath(), "keeper.log"), "a");
  const argv = ["--import", "tsx", join(import.meta.dirname, "main.ts"), "keep", ...suites];
  const keeper = spawn(process.execPath, argv, { cwd: repositoryPath, detached: true, stdio: ["ignore", log, log] });
  keeper.unref();
  const isUp = (): boolean =>
    runningHosts().filter(({ lab, host }) => lab.owner.pid === keeper.pid && host.port > 0 && host.initPid > 0)
      .length === suites.length;
  while (!isUp()) {
    if (keeper.exitCode !== null) {
      console.error(`The hosts did not start; see ${join(labRunPath(), "keeper.log")}.`);
      return 1;
    }
    await sleep(200);
  }
  return await main(["ls"]);
}

async function keep(suites: readonly string[]): Promise<number> {
  const hosts: LabHost[] = [];
  const lab = await Lab.acquire();
  lab.keep();
  const ended = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  for (const suite of suites.filter(isSuite)) hosts.push(await LabHost.start({ suite }));
  const awake = setInterval(() => undefined, 60_000);
  await ended;
  clearInterval(awake);
  for (const host of hosts) await host.stop();
  await Lab.release();
  return 0;
}

async function execIn([name = "", ...argv]: readonly string[]): Promise<number> {
  const found = runningHosts().find(({ host }) => host.name === name);
  if (found === undefined) {
    console.error(`No running host is called ${name}; \`ls\` shows what runs.`);
    return 1;
  }
  const { argv: enter, env } = enterHost(found.host, argv.length === 0 ? ["/bin/sh", "-i"] : argv);
  const [program = "", ...rest] = enter;
  const child = spawn(program, rest, { stdio: "inherit", env });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

async function down(ids: readonly string[]): Promise<number> {
  const labs = readLabRecords().filter((lab) => (ids.length === 0 ? isKept(lab) : ids.includes(lab.id)));
  for (const lab of labs.filter((lab) => isAlive(lab.owner))) {
    process.kill(lab.owner.pid, "SIGTERM");
    while (isAlive(lab.owner)) await sleep(100);
  }
  await reap();
  return 0;
}

/** Labs of test runs end with their tests; without a name, only keepers are asked to go. */
const isKept = (lab: LabRecord): boolean => lab.isKept === true;

function runningHosts(): readonly RunningHost[] {
  return readLabRecords()
    .filter((lab) => isAlive(lab.owner))
    .flatMap((lab) => lab.hosts.map((host) => ({ lab, host })));
}

function describeHost(lab: LabRecord, host: HostRecord): string {
  const key = join(labRunPath(), lab.id, "id_ed25519");
  return `${host.name}  lab ${lab.id}  ssh -i ${key} -p ${host.port} root@127.0.0.1`;
}

function isSuite(name: string): name is LabSuite {
  return ["bullseye", "bookworm", "trixie", "mini"].includes(name);
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
