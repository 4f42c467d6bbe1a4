import { readdirSync } from "node:fs";
import { median, type Benchmark, type Figure } from "../figure.ts";
import { lacksCompiler, runProgram, startSleepers, Workshop } from "../workshop.ts";

/** Turns of both programs, one after the other, so that a busy moment hits both. */
const turns = 5;

/**
 * Passes within one turn, of which the first ones warm up the compiler of Node and are
 * left out for both: it needs some thousand processes to be done.
 */
const crowds = [
  { wanted: 300, rounds: 18, warmUp: 10 },
  { wanted: 2000, rounds: 7, warmUp: 3 },
] as const;

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
      for (const plan of crowds) {
        const missing = Math.max(0, plan.wanted - runningPrograms());
        const crowd = await startSleepers(sleepers, missing);
        try {
          figures.push(...compare(peer, ours, plan));
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

function compare(peer: string, ours: string, { wanted, rounds, warmUp }: (typeof crowds)[number]): readonly Figure[] {
  const own: Times[] = [];
  const others: Times[] = [];
  const processes = runningPrograms();
  for (let turn = 0; turn < turns; turn += 1) {
    others.push(timesIn(runProgram(peer, [String(rounds)]), warmUp));
    own.push(timesIn(runProgram(process.execPath, [ours, String(rounds)]), warmUp));
  }
  const clocks = [
    ["wall", "wall time"],
    ["cpu", "CPU time"],
  ] as const;
  return clocks.map(([clock, title]) => {
    const value = median(own.map((times) => times[clock]));
    const floor = median(others.map((times) => times[clock]));
    const ratio = value / floor;
    return {
      name: `facts about ${processes} processes (wanted ${wanted}) and their sockets, ${title}`,
      value,
      unit: "ms",
      peer: { name: "C, same reads", value: floor },
      ratio,
      goal: "ratio <= 2.5, wanted 2.0",
      isMet: ratio <= 2.5,
    };
  });
}

interface Times {
  readonly wall: number;
  readonly cpu: number;
}

/** The quickest pass of one turn, for both programs: what else runs on the machine can only add to it. */
function timesIn(output: string, warmUp: number): Times {
  const passes = output
    .trim()
    .split("\n")
    .slice(warmUp)
    .map((line) => line.split(" ").map(Number));
  return { wall: Math.min(...passes.map(([wall = 0]) => wall)), cpu: Math.min(...passes.map(([, cpu = 0]) => cpu)) };
}

function runningPrograms(): number {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length;
}
