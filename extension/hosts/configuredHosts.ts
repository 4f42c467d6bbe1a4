import { listConfiguredHosts } from "#remote/config/listConfiguredHosts";
import { currentEnvironment } from "#remote/config/resolveEnvironment";
import type { Settings } from "../settings.ts";

/** Names in the operator's own ssh_config, never in a workspace's. */
export async function configuredHosts(settings: Settings): Promise<readonly string[]> {
  return listConfiguredHosts(
    currentEnvironment(settings.sshConfigFile === "" ? {} : { configFile: settings.sshConfigFile }),
  );
}
