import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identifyProcess, isAlive, type ProcessIdentity } from "./processIdentity.ts";

/**
 * Makes a folder exactly once: `build` fills a temporary folder beside it, which is renamed when
 * complete, so that nobody ever sees half of it. A second process that wants the same folder waits.
 */
export async function buildOnce(target: string, build: (folder: string) => Promise<void>): Promise<string> {
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  const lock = `${target}.lock`;
  while (!takeLock(lock)) await sleep(300);
  try {
    if (existsSync(target)) return target;
    const temporary = `${target}.building`;
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
    await build(temporary);
    renameSync(temporary, target);
    return target;
  } finally {
    rmSync(lock, { force: true });
  }
}

/** The record is written first and linked into place, so that a lock never lacks its owner's name. */
function takeLock(path: string): boolean {
  const record = `${path}.${process.pid}`;
  writeFileSync(record, JSON.stringify(identifyProcess(process.pid)));
  try {
    linkSync(record, path);
    return true;
  } catch {
    const owner = readOwner(path);
    if (owner !== undefined && !isAlive(owner)) rmSync(path, { force: true });
    return false;
  } finally {
    rmSync(record, { force: true });
  }
}

function readOwner(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
