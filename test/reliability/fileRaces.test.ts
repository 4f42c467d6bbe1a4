import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import type { Responder } from "#helper/execute/responder";
import { fullState, isolate, only } from "./fileActions.ts";
import { rounds, timeFor } from "./rounds.ts";
import { ResponseLab, stateOf, until, whyNotRoot } from "./responseLab.ts";

describe("isolating and restoring under attack", function () {
  this.timeout(60_000);
  let lab: ResponseLab;
  let responder: Responder;

  before(function () {
    if (whyNotRoot() !== undefined) this.skip();
  });
  beforeEach(() => {
    lab = new ResponseLab("races");
    responder = lab.responder();
  });
  afterEach(() => lab.end());

  describe("D1 the folder is swapped for a link to a precious one", () => {
    const races = rounds(120, 10_000);
    it(`while isolating, in ${races} races: nothing outside is moved or changed`, function () {
      this.timeout(timeFor(races, 400));
      return raceSwap(lab, races);
    });

    const restores = rounds(20, 1000);
    it(`while restoring, in ${restores} races: nothing is put into the precious folder`, async function () {
      this.timeout(timeFor(restores, 600));
      const precious = lab.mkdir("precious");
      const stage = lab.mkdir("stage");
      const swapper = await startSwapper(lab, stage, precious);
      const outcomes = new Set<string>();
      for (let round = 0; round < restores; round += 1) {
        await holdStill(swapper, stage);
        fs.rmSync(join(stage, "miner"), { force: true });
        fs.writeFileSync(join(stage, "miner"), `evil ${round}`);
        await isolate(responder, join(stage, "miner"));
        const [file] = responder.listIsolated().files.filter(({ status }) => status === "isolated");
        const plan = responder.prepareRestore([file?.id ?? ""]);
        process.kill(swapper, "SIGCONT");
        outcomes.add(only(await responder.applyPlan(plan)).state);
        assert.deepEqual(fs.readdirSync(precious), []);
        await holdStill(swapper, stage);
        assert.deepEqual(
          fs.readdirSync(stage).filter((name) => name.startsWith(".countermine")),
          [],
        );
        const left = responder.listIsolated().files.filter(({ status }) => status === "isolated");
        await responder.applyPlan(responder.prepareDelete(left.map(({ id }) => id)));
      }
      assert.ok(outcomes.has("done"));
    });
  });
});

/** Makes a folder and a link to a precious one take turns under one name, as fast as it can. */
function startSwapper(lab: ResponseLab, stage: string, precious: string): Promise<number> {
  const script = `use strict; while (1) { rename("${stage}", "${stage}.away"); symlink("${precious}", "${stage}"); unlink("${stage}"); rename("${stage}.away", "${stage}"); }`;
  return lab.start("/usr/bin/perl", ["-e", script]);
}

async function holdStill(swapper: number, stage: string): Promise<void> {
  process.kill(swapper, "SIGSTOP");
  await until(() => stateOf(swapper) === "T");
  if (fs.lstatSync(stage, { throwIfNoEntry: false })?.isSymbolicLink() === true) fs.unlinkSync(stage);
  if (fs.existsSync(`${stage}.away`)) fs.renameSync(`${stage}.away`, stage);
}

/** Another process swaps the folder and a link to a precious one as fast as it can while a file in it is isolated. */
async function raceSwap(lab: ResponseLab, rounds: number): Promise<void> {
  const precious = lab.mkdir("precious");
  const stage = lab.mkdir("stage");
  fs.writeFileSync(join(precious, "miner"), "precious", { mode: 0o644 });
  const before = fullState(join(precious, "miner"));
  const swapper = await startSwapper(lab, stage, precious);
  const responder = lab.responder();
  const outcomes = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    await holdStill(swapper, stage);
    fs.writeFileSync(join(stage, "miner"), `evil ${round}`);
    const plan = await responder.prepareIsolate([{ kind: "file", path: join(stage, "miner") }]);
    process.kill(swapper, "SIGCONT");
    const [step] = (await responder.applyPlan(plan)).steps;
    outcomes.set(step?.state ?? "", (outcomes.get(step?.state ?? "") ?? 0) + 1);
  }
  assert.deepEqual(fullState(join(precious, "miner")), before);
  assert.deepEqual(fs.readdirSync(precious), ["miner"]);
  // A race that always has the same winner tests nothing.
  assert.deepEqual([...outcomes.keys()].sort(), ["done", "drifted"], JSON.stringify([...outcomes]));
}
