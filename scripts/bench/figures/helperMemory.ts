import { median, type Benchmark } from "../figure.ts";
import { runProgram, Workshop } from "../workshop.ts";

const goalBytes = 60e6;

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
      const value = median(peaks) / 1e6;
      const peer = median(empty) / 1e6;
      return [
        {
          name: "peak memory of one full collection",
          value,
          unit: "MB",
          peer: { name: "empty Node", value: peer },
          ratio: value / peer,
          goal: "<= 60 MB",
          isMet: value * 1e6 <= goalBytes,
        },
      ];
    } finally {
      workshop.end();
    }
  },
};
