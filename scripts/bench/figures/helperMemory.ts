import { median, type Benchmark } from "../figure.ts";
import { runProgram, Workshop } from "../workshop.ts";

const mebibyte = 2 ** 20;
const goal = 60;

/** Peak resident size of a process that collects every fact once, against an empty Node. */
export const benchmark: Benchmark = {
  name: "helper-memory",
  async measure() {
    const workshop = new Workshop();
    try {
      const ours = await workshop.bundle("collectRounds");
      const peaks: number[] = [];
      const empty: number[] = [];
      for (let turn = 0; turn < 3; turn += 1) {
        peaks.push(JSON.parse(runProgram(process.execPath, [ours, "memory"])).peakBytes);
        const source =
          'console.log(/VmHWM:\\s+(\\d+)/.exec(require("fs").readFileSync("/proc/self/status"))[1] * 1024)';
        empty.push(Number(runProgram(process.execPath, ["-e", source])));
      }
      const value = median(peaks) / mebibyte;
      const peer = median(empty) / mebibyte;
      return [
        {
          name: "peak memory of one full collection",
          value,
          unit: "MiB",
          peer: { name: "empty Node", value: peer },
          ratio: value / peer,
          goal: `<= ${goal} MiB`,
          isMet: value <= goal,
        },
      ];
    } finally {
      workshop.end();
    }
  },
};
