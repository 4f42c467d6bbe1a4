import * as z from "zod/mini";
import type { HostOverview } from "#core/hosts/overview";

const short = z.string().check(z.maxLength(512));
const amount = z.number().check(z.gte(0));

export const hostOverviewSchema: z.ZodMiniType<HostOverview> = z.object({
  os: short,
  kernel: short,
  cpu: short,
  cores: amount,
  memoryBytes: amount,
  memoryAvailableBytes: amount,
  load: z.array(amount).check(z.maxLength(3)),
  busyShare: amount,
  disks: z.array(z.object({ mount: short, type: short, sizeBytes: amount, usedBytes: amount })).check(z.maxLength(64)),
  problems: z.array(z.string().check(z.maxLength(1000))).check(z.maxLength(64)),
});
