import { readdirSync } from "node:fs";
import { median, type Benchmark, type Figure } from "../figure.ts";
import { lacksCompiler, runProgram, startSleepers, Workshop } from "../workshop.ts";

/** Turns of both programs, one after the other, so that a busy moment hits both. */
const turns = 7;

/** Passes within one turn; the first two warm up the compiler of Node and are left out for both. */
const rounds = 6;
const warmUp = 2;

/** Full facts about processes and sockets, against a C program that reads the same. */
export const benchmark: Benchmark = {
  name: "process-facts",
  unavailable: lacksCompiler,
  async measure() {
    const workshop = new Workshop();
    try {
      const peer = workshop.compile("readProc");
      const sleepers = workshop.compile("sleepers");
      const ours = await workshop.bundle("collectRounds");
      const figures: Figure[] = [];
      for (const wanted of [300, 2000]) {
        const missing = Math.max(0, wanted - runningPrograms());
        const crowd = await startSleepers(sleepers, missing);
        try {
          figures.push(compare(peer, ours, wanted));
        } finally {
          await crowd.end();
        }
      }
      return figures;
    } finally {
      workshop.end();
    }
  },
};

function compare(peer: string, ours: string, wanted: number): Figure {
  const own: number[] = [];
  const others: number[] = [];
  let processes = 0;
  for (let turn = 0; turn < turns; turn += 1) {
    others.push(
      median(
        runProgram(peer, [String(rounds)])
          .trim()
          .split("\n")
          .slice(warmUp)
          .map(Number),
      ),
    );
    const run: { milliseconds: number[]; processes: number } = JSON.parse(
      runProgram(process.execPath, [ours, "rounds", String(rounds)]),
    );
    own.push(median(run.milliseconds.slice(warmUp)));
    processes = run.processes;
  }
  const value = median(own);
  const floor = median(others);
  const ratio = value / floor;
  return {
    name: `process and socket facts of ${processes} processes (about ${wanted})`,
    value,
    unit: "ms",
    peer: { name: "C, same reads", value: floor },
    ratio,
    goal: "ratio <= 2.5, wanted 2.0",
    isMet: ratio <= 2.5,
  };
}

function runningPrograms(): number {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length;
}
