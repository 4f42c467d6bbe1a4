import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import type { PlanResult } from "#core/plans/plan";
import type { ByteString } from "#core/text/byteString";
import type { Responder } from "#helper/execute/responder";

/** Bytes of a path in the form that the helper uses. */
export function bytes(path: string): ByteString {
  return Buffer.from(path, "utf8").toString("latin1");
}

/** Plans for one file, which must be plannable, and applies the plan. */
export async function isolate(responder: Responder, path: string): Promise<PlanResult> {
  const plan = await responder.prepareIsolate([{ kind: "file", path: bytes(path) }]);
  assert.equal(plan.steps.length, 1, JSON.stringify(plan.refused));
  return responder.applyPlan(plan);
}

/** Restores everything that is isolated. */
export async function restore(
  responder: Responder,
  options: Parameters<Responder["prepareRestore"]>[1] = {},
): Promise<PlanResult> {
  const isolated = responder.listIsolated().files.filter(({ status }) => status === "isolated");
  const ids = isolated.map(({ id }) => id);
  return responder.applyPlan(responder.prepareRestore(ids, options));
}

/** The result of a plan with one step. */
export function only(result: PlanResult): { readonly state: string; readonly detail: string } {
  const [step] = result.steps;
  assert.ok(step !== undefined && result.steps.length === 1);
  return step;
}

/** Everything that restoring promises to give back, as the usual tools show it. */
export function fullState(path: string): {
  readonly stat: readonly string[];
  readonly attributes: string;
  readonly acl: string;
  readonly flags: string;
  readonly content: string;
} {
  const status = fs.lstatSync(path, { bigint: true });
  const { size, mode, uid, gid, nlink, mtimeNs, atimeNs, blocks } = status;
  const run = (command: string, ...argv: string[]): string =>
    spawnSync(command, [...argv, path], { encoding: "utf8" }).stdout;
  const attributes = run("getfattr", "-d", "-m", "-", "-e", "hex", "--absolute-names");
  const acl = run("getfacl", "-pn");
  const flags = lsattr(path);
  const content = spawnSync("sha256sum", { input: readQuietly(path), encoding: "utf8" }).stdout;
  return { stat: [size, mode, uid, gid, nlink, mtimeNs, atimeNs, blocks].map(String), attributes, acl, flags, content };
}

function readQuietly(path: string): Buffer {
  const handle = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOATIME);
  try {
    return fs.readFileSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

export function lsattr(path: string): string {
  return spawnSync("lsattr", ["-d", path], { encoding: "utf8" }).stdout.split(" ")[0] ?? "";
}

/** Runs with a small file system of its own in the folder. */
export async function withMount(
  folder: string,
  options: string,
  run: (folder: string) => Promise<void>,
): Promise<void> {
  assert.equal(spawnSync("mount", ["-t", "tmpfs", "-o", options, "none", folder]).status, 0);
  try {
    await run(folder);
  } finally {
    spawnSync("umount", ["-l", folder]);
  }
}
