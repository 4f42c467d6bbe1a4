import type { ByteString } from "../text/byteString.ts";
import { noProblems, type Parsed } from "./parsed.ts";

/** Clock ticks of all cores together since boot. */
export interface CpuTotals {
  /** In user, nice, system, irq and softirq time; guests are inside user time. */
  readonly busy: number;
  /** Busy, idle, waiting for input and output, and stolen by the hypervisor. */
  readonly total: number;
  /** How many `cpuN` lines there are: the cores that are online. */
  readonly cores: number;
}

/** Parses /proc/stat. */
export function parseCpuStat(text: ByteString): Parsed<CpuTotals | undefined> {
  const line = /^cpu +([\d ]+)$/m.exec(text)?.[1];
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, steal = 0] = (line ?? "")
    .trim()
    .split(/ +/)
    .map(Number);
  const busy = user + nice + system + irq + softirq;
  const total = busy + idle + wait + steal;
  if (line === undefined || !Number.isFinite(total)) {
    return { value: undefined, problems: ["The kernel statistics have no cpu line."] };
  }
  const cores = text.match(/^cpu\d+ /gm)?.length ?? 0;
  return { value: { busy, total, cores }, problems: noProblems };
}
