import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { AutostartDocument } from "#core/autostart/autostartDocument";
import { OpsError } from "#core/opsError";
import { readInventory } from "#helper/autostart/inventory";
import { packageOwnership } from "#helper/autostart/ownershipLookup";
import { rootedHost } from "#helper/autostart/rootedHost";
import { LinuxHost } from "#helper/host/linuxHost";

/** What would start by itself in a root file system that is not running, for example a mounted disk image. */
export async function offlineInventory(folder: string, signal: AbortSignal): Promise<AutostartDocument> {
  const absolute = resolve(folder);
  if (!existsSync(absolute)) {
    throw new OpsError("badInput", `${folder} does not exist. Nothing was done.`, {
      nextStep: "Give the folder where the root file system is mounted.",
    });
  }
  const root = Buffer.from(absolute).toString("latin1");
  const host = new LinuxHost();
  return readInventory(host, { root, ownership: packageOwnership(rootedHost(host, root)), signal });
}
