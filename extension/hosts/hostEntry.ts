import * as z from "zod/mini";

/** One host of the list, as the setting `countermine.hosts` holds it. No secret has a place here. */
export interface HostEntry {
  /** `local`, a name from ssh_config, or `user@host[:port]`. Also the identity of the entry. */
  readonly address: string;
  readonly label?: string;
  readonly group?: string;
  /** For example `production` or `staging`; shown in every confirmation. */
  readonly environment?: string;
}

const word = z.string().check(z.minLength(1), z.maxLength(200));

export const hostEntrySchema: z.ZodMiniType<HostEntry> = z.strictObject({
  address: word,
  label: z.exactOptional(word),
  group: z.exactOptional(word),
  environment: z.exactOptional(word),
});

export function hostLabel(entry: HostEntry): string {
  return entry.label ?? entry.address;
}

/** Words that mean "take care": an action on such a host asks for its name to be typed. */
export function isProduction(entry: HostEntry): boolean {
  return /^(prod|production|live)$/i.test(entry.environment ?? "");
}
