import { configFiles, readDirective, readWithIncludes } from "./configText.ts";
import { splitArguments } from "./configValues.ts";
import { isHostName } from "./hostReference.ts";
import type { ResolveEnvironment } from "./resolveEnvironment.ts";

/**
 * The hosts that the ssh configuration names one by one, Includes followed, in the order
 * of the file and without repetition. Patterns such as `*.example.org` name no host.
 * @throws OpsError `badInput` when a file cannot be read
 */
export async function listConfiguredHosts(environment: ResolveEnvironment): Promise<readonly string[]> {
  const hosts = new Set<string>();
  for (const file of configFiles(environment)) {
    const text = await readWithIncludes(file, environment, () => true);
    for (const line of text.split("\n")) {
      const directive = readDirective(line);
      if (directive?.keyword !== "host") continue;
      for (const name of splitArguments(directive.rest)) if (isHostName(name)) hosts.add(name);
    }
  }
  return [...hosts];
}
