import type { HostEntry } from "../hosts/hostEntry.ts";

/** What every view shows: all hosts, or those of one group or environment. */
export interface HostFilter {
  readonly group?: string;
  readonly environment?: string;
}

export function passesFilter(entry: HostEntry, filter: HostFilter): boolean {
  if (filter.group !== undefined && entry.group !== filter.group) return false;
  return filter.environment === undefined || entry.environment === filter.environment;
}

export function describeFilter(filter: HostFilter): string | undefined {
  const parts = [
    ...(filter.group === undefined ? [] : [`group ${filter.group}`]),
    ...(filter.environment === undefined ? [] : [`environment ${filter.environment}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(", ");
}
