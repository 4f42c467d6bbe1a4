import assert from "node:assert/strict";
import { copyFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { childOf } from "./processFacts.ts";
import { isRunning, ResponseLab, stateOf, until, whyNotRoot } from "./responseLab.ts";
import { rounds, timeFor } from "./rounds.ts";

describe("ending what comes back", function () {
  this.timeout(60_000);
  let lab: ResponseLab;

  before(function () {
    if (whyNotRoot() !== undefined) this.skip();
  });
  beforeEach(() => {
    lab = new ResponseLab("respawn");
  });
  afterEach(() => lab.end());

  describe("C4 programs that start each other again", () => {
    const watchdog = (peers: number): string => `#!/bin/sh
# Keeps ${peers} instances alive: each starts the missing ones every 50 ms, detached, as a new copy with a new name.
dir=$1
me=$dir/$$.pid
: > "$me"
while :; do
  alive=0
  for f in "$dir"/*.pid; do
    p=\${f##*/}; p=\${p%.pid}
    if kill -0 "$p" 2>/dev/null; then alive=$((alive+1)); else rm -f "$f"; fi
  done
  if [ "$alive" -lt ${peers} ]; then
    n=$dir/run-$$-$(date +%N)
    cp "$dir/shell" "$n"
    ( "$n" "$dir/wd.sh" "$dir" </dev/null >/dev/null 2>&1 & )
  fi
  sleep 0.05
done
`;

    const watchSeconds = rounds(2, 60);
    for (const [peers, shell] of [
      [2, "foreign"],
      [3, "foreign"],
      [3, "packaged"],
    ] as const) {
      it(`${peers} of them with a ${shell} shell are all gone, and stay gone for ${watchSeconds} s`, async function () {
        this.timeout(timeFor(watchSeconds, 1500));
        const folder = lab.mkdir("pack");
        const script = watchdog(peers);
        copyFileSync("/usr/bin/dash", join(folder, "shell"));
        writeFileSync(
          join(folder, "wd.sh"),
          shell === "foreign"
            ? script
            : script.replace(/^.*cp "\$dir.*$/m, "").replace(`"$n" "$dir/wd.sh"`, `/bin/sh "$dir/wd.sh"`),
        );
        // The same shell, user, session and cgroup, and yet none of them.
        const bystander = await lab.start("/bin/sh", ["-c", "sleep 600; true"]);
        const first = await lab.start(shell === "foreign" ? join(folder, "shell") : "/bin/sh", [
          join(folder, "wd.sh"),
          folder,
        ]);
        await until(() => alivePids(folder).length >= peers);
        for (const pid of alivePids(folder)) lab.remember(pid);
        const responder = lab.responder();
        const plan = await responder.prepareIsolate([{ kind: "process", pid: first }], { watchSeconds });
        const result = await responder.applyPlan(plan);
        for (const pid of alivePids(folder)) lab.remember(pid);
        assert.deepEqual(alivePids(folder), [], JSON.stringify(result.steps));
        assert.deepEqual(result.respawned, []);
        assert.equal(stateOf(bystander), "S");
        assert.deepEqual(
          result.steps.filter(({ state }) => state !== "done"),
          [],
        );
      });
    }

    it("a runtime that a container has from no package is not taken for one program", async () => {
      copyFileSync("/usr/bin/perl", lab.path("node"));
      writeFileSync(lab.path("server.js"), "sleep 600; # the server");
      writeFileSync(lab.path("miner.js"), "sleep 600; # the miner");
      const server = await lab.start(lab.path("node"), [lab.path("server.js")]);
      const miner = await lab.start(lab.path("node"), [lab.path("miner.js")]);
      const twin = await lab.start(lab.path("node"), [lab.path("miner.js")]);
      const responder = lab.responder();
      const plan = await responder.prepareContain([{ kind: "process", pid: miner }]);
      assert.match(plan.steps[0]?.effect ?? "", new RegExp(`1 others that belong to it \\(${twin}\\)`));
      await responder.applyPlan(plan);
      assert.deepEqual([server, miner, twin].map(stateOf), ["S", "T", "T"]);
    });

    it("a respawner that does not belong to the tree is reported with its parent, not fought", async () => {
      const program = lab.program("coin");
      copyFileSync(program, lab.path("coin.copy"));
      const respawner = lab.path("respawner");
      copyFileSync("/usr/bin/dash", respawner);
      const parent = await lab.start(respawner, [
        "-c",
        `while :; do cp ${program}.copy ${program} 2>/dev/null; ${program} 600; sleep 0.2; done`,
      ]);
      await until(() => childOf(parent, program) !== undefined);
      const pid = childOf(parent, program);
      assert.ok(pid !== undefined);
      const responder = lab.responder();
      const result = await responder.applyPlan(
        await responder.prepareIsolate([{ kind: "process", pid }], { watchSeconds: 2 }),
      );
      const [respawn] = result.respawned;
      if (respawn !== undefined) lab.remember(respawn.pid);
      assert.equal(result.respawned.length, 1);
      assert.match(respawn?.parent ?? "", new RegExp(`^process ${parent} \\(${respawner}\\)`));
    });
  });
});

function alivePids(folder: string): readonly number[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".pid"))
    .map((name) => Number(name.slice(0, -4)))
    .filter(isRunning);
}
