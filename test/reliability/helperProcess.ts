import type { PlanResult } from "#core/plans/plan";
import type { FailPoint } from "#helper/execute/context";
import { readBootId, Responder } from "#helper/execute/responder";
import { fakeOwner } from "./responseLab.ts";

/*
 * `helperProcess.ts ACTION SUBJECT POINT STATE_DIR` does one action in a process of its
 * own, dies by SIGKILL at the point (D5), or prints the result when it does not pass it.
 */
async function main(action: string, subject: string, point: FailPoint, stateDir: string): Promise<PlanResult> {
  const responder = new Responder({
    stateDir,
    operator: "tester@bench",
    host: { id: "0".repeat(32), name: "bench", bootId: readBootId() },
    ownership: { ownerOf: fakeOwner },
    log: () => undefined,
    failPoint: (name) => {
      if (name === point) process.kill(process.pid, "SIGKILL");
    },
  });
  const target = /^\d+$/.test(subject)
    ? ({ kind: "process", pid: Number(subject) } as const)
    : ({ kind: "file", path: subject } as const);
  switch (action) {
    case "isolate":
      return responder.applyPlan(await responder.prepareIsolate([target], { watchSeconds: 0 }));
    case "contain":
      return responder.applyPlan(await responder.prepareContain([target]));
    case "restore":
      return responder.applyPlan(responder.prepareRestore([subject]));
    case "delete":
      return responder.applyPlan(responder.prepareDelete([subject]));
    default:
      throw new Error(`unknown action ${action}`);
  }
}

const [action = "", subject = "", point = "", stateDir = ""] = process.argv.slice(2);
main(action, subject, point as FailPoint, stateDir).then(
  (result) => process.stdout.write(`${JSON.stringify(result)}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
