import type { FailPoint } from "#helper/execute/context";
import { readBootId, Responder } from "#helper/execute/responder";
import { crashAt, fakeOwner } from "./responseLab.ts";

/* For D5: `crashingHelper.ts ACTION SUBJECT POINT STATE_DIR` does one action and dies by SIGKILL at the point. */
async function main(action: string, subject: string, point: FailPoint, stateDir: string): Promise<void> {
  const responder = new Responder({
    stateDir,
    operator: "tester@bench",
    host: { id: "0".repeat(32), name: "bench", bootId: readBootId() },
    ownership: { ownerOf: fakeOwner },
    log: () => undefined,
    ...crashAt(point),
  });
  const target = /^\d+$/.test(subject)
    ? ({ kind: "process", pid: Number(subject) } as const)
    : ({ kind: "file", path: subject } as const);
  switch (action) {
    case "isolate":
      await responder.applyPlan(await responder.prepareIsolate([target], { watchSeconds: 0 }));
      return;
    case "contain":
      await responder.applyPlan(await responder.prepareContain([target]));
      return;
    case "restore":
      await responder.applyPlan(responder.prepareRestore([subject]));
      return;
    case "delete":
      await responder.applyPlan(responder.prepareDelete([subject]));
      return;
    default:
      throw new Error(`unknown action ${action}`);
  }
}

const [action = "", subject = "", point = "", stateDir = ""] = process.argv.slice(2);
main(action, subject, point as FailPoint, stateDir).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
