import * as z from "zod/mini";
import type { DetectionMode } from "#core/alarms/alarm";
import { type HostEntry, hostEntrySchema } from "./hosts/hostEntry.ts";

/** Every setting, typed. Those that decide about hosts have machine or application scope, so a workspace can't change them. */
export interface Settings {
  readonly hosts: readonly HostEntry[];
  readonly startInActMode: boolean;
  readonly detectionMode: DetectionMode;
  /** Empty: the default folder of the host. */
  readonly stateFolder: string;
  readonly leaveNothingBehind: boolean;
  /** Empty: ~/.ssh/config. */
  readonly sshConfigFile: string;
  readonly rememberPasswords: boolean;
  readonly watchSeconds: number;
  readonly connectAtStart: boolean;
}

/** A setting whose value was not usable, in words; the default was used instead. */
export interface SettingProblem {
  readonly setting: string;
  readonly message: string;
}

export const section = "countermine";
const hostLimit = 10_000;

/** Reads every setting from any source of values. What does not fit is said, and its default used. */
export function parseSettings(get: (name: string) => unknown): {
  readonly settings: Settings;
  readonly problems: readonly SettingProblem[];
} {
  const problems: SettingProblem[] = [];
  const read = <T>(name: string, schema: z.ZodMiniType<T>, fallback: T): T => {
    const value = get(name);
    if (value === undefined) return fallback;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    problems.push({ setting: `${section}.${name}`, message: `${z.prettifyError(parsed.error)} The default is used.` });
    return fallback;
  };
  return {
    settings: {
      hosts: readHosts(get("hosts"), problems),
      startInActMode: read("mode", z.enum(["observe", "act"]), "observe") === "act",
      detectionMode: read("detectionMode", z.enum(["sensitive", "balanced", "conservative"]), "balanced"),
      stateFolder: read("stateFolder", z.string().check(z.regex(/^(\/[\w./-]+)?$/)), ""),
      leaveNothingBehind: read("leaveNothingBehind", z.boolean(), false),
      sshConfigFile: read("sshConfigFile", z.string(), ""),
      rememberPasswords: read("rememberPasswords", z.boolean(), false),
      watchSeconds: read("watchSeconds", z.int().check(z.gte(0), z.lte(600)), 60),
      connectAtStart: read("connectAtStart", z.boolean(), false),
    },
    problems,
  };
}

/** One bad entry does not take the others away. */
function readHosts(value: unknown, problems: SettingProblem[]): readonly HostEntry[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.push({ setting: `${section}.hosts`, message: "It must be a list of hosts. No host is shown." });
    return [];
  }
  if (value.length > hostLimit) {
    problems.push({
      setting: `${section}.hosts`,
      message: `It has ${value.length} entries; the first ${hostLimit} are used.`,
    });
  }
  const hosts = new Map<string, HostEntry>();
  for (const [index, one] of value.slice(0, hostLimit).entries()) {
    const parsed = hostEntrySchema.safeParse(one);
    if (!parsed.success)
      problems.push({
        setting: `${section}.hosts[${index}]`,
        message: `${z.prettifyError(parsed.error)} This entry is left out.`,
      });
    else if (hosts.has(parsed.data.address))
      problems.push({
        setting: `${section}.hosts[${index}]`,
        message: `${parsed.data.address} is listed twice; the first one is used.`,
      });
    else hosts.set(parsed.data.address, parsed.data);
  }
  return [...hosts.values()];
}
