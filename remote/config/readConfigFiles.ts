import SSHConfig from "ssh-config";
import { OpsError } from "#core/opsError";
import { matchesWildcard } from "../hostKeys/wildcard.ts";
import { configFiles, readDirective, readWithIncludes } from "./configText.ts";
import type { ConfigValues } from "./configValues.ts";
import { splitArguments } from "./configValues.ts";
import type { HostReference } from "./hostReference.ts";
import type { ResolveEnvironment } from "./resolveEnvironment.ts";

/**
 * The effective configuration read by ourselves, for machines without an OpenSSH client.
 * `Match exec` is never run: such a section does not apply.
 * @throws OpsError `badInput` when a file cannot be read or parsed
 */
export async function readConfigFiles(
  reference: HostReference,
  environment: ResolveEnvironment,
): Promise<ConfigValues> {
  const texts: string[] = [];
  for (const file of configFiles(environment))
    texts.push(await readWithIncludes(file, environment, (section) => appliesTo(section, reference.host)));
  // Every file starts outside of any section, whatever the one before it ended with.
  const computed = compute(texts.join("\nHost *\n"), reference);
  const values = new Map<string, readonly string[]>();
  for (const [keyword, value] of Object.entries(computed))
    values.set(keyword.toLowerCase(), typeof value === "string" ? [value] : value);
  return values;
}

function compute(text: string, reference: HostReference): Record<string, string | string[]> {
  try {
    return SSHConfig.parse(text).compute(
      { Host: reference.host, ...(reference.user === undefined ? {} : { User: reference.user }) },
      { ignoreCase: true, matchExec: false },
    );
  } catch (error) {
    throw new OpsError("badInput", "The ssh configuration could not be understood.", {
      nextStep: "Install an OpenSSH client, or simplify the ssh configuration.",
      cause: error,
    });
  }
}

/** Whether an Include under this section line is followed for the host. */
function appliesTo(section: string | undefined, host: string): boolean {
  const directive = section === undefined ? undefined : readDirective(section);
  if (directive === undefined) return true;
  const words = splitArguments(directive.rest);
  if (directive.keyword === "match") return words.length === 1 && words[0]?.toLowerCase() === "all";
  const isNegated = words.some((word) => word.startsWith("!") && matchesWildcard(host, word.slice(1)));
  return !isNegated && words.some((word) => !word.startsWith("!") && matchesWildcard(host, word));
}
