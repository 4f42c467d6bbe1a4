import { OpsError } from "#core/opsError";
import { showText } from "#core/text/showBytes";
import { askSystemSsh } from "./askSystemSsh.ts";
import type { ConfigValues } from "./configValues.ts";
import { firstValue } from "./configValues.ts";
import { hopFromValues } from "./hopFromValues.ts";
import type { HostReference } from "./hostReference.ts";
import { formatHostReference, parseHostReference } from "./hostReference.ts";
import { readConfigFiles } from "./readConfigFiles.ts";
import type { ResolveEnvironment } from "./resolveEnvironment.ts";
import type { ResolvedHop, ResolvedHost } from "./resolvedHost.ts";

/** The longest way to a host, the host itself included. */
const longestWay = 6;

/**
 * Finds out how a host is reached: through the installed OpenSSH client where there is
 * one, so that every feature of ssh_config means what it means in the user's terminal,
 * otherwise by reading the configuration ourselves without running anything from it.
 * Nothing is connected.
 * @param reference `name`, `user@host`, `user@host:port`, `[ipv6]:port`
 * @throws OpsError `badInput` for a reference outside the grammar (before anything is
 *   started), a broken configuration, or a way of more than five jump hosts or in a circle;
 *   `refused` for a host that needs a ProxyCommand; `cancelled`, `timedOut`
 */
export async function resolveHost(
  reference: string,
  environment: ResolveEnvironment,
  signal?: AbortSignal,
): Promise<ResolvedHost> {
  const way = await resolveWay(
    parseHostReference(reference),
    undefined,
    signal === undefined ? environment : { ...environment, signal },
    [],
  );
  const target = way.at(-1);
  if (target === undefined) throw new OpsError("bug", "A host was resolved to no hop.");
  return { reference, jumps: way.slice(0, -1), target };
}

/**
 * The hops to one host, itself last.
 * @param jumps what a ProxyJump list says about the way to this host; undefined when the
 *   host's own configuration decides
 */
async function resolveWay(
  reference: HostReference,
  jumps: readonly HostReference[] | undefined,
  environment: ResolveEnvironment,
  followers: readonly ResolvedHop[],
): Promise<readonly ResolvedHop[]> {
  const values = await readValues(reference, environment);
  const proxyJump = firstValue(values, "proxyjump");
  const hop = hopFromValues(reference, values, proxyJump, environment);
  const before = jumps ?? (proxyJump === undefined ? [] : parseProxyJump(proxyJump));
  if (before.length === 0) refuseProxyCommand(hop, values);

  if (followers.some((follower) => isSameHop(follower, hop)))
    throw new OpsError("badInput", `The jump hosts of ${showHop(hop)} lead back to it. Nothing was connected.`, {
      nextStep: "Give the jump host `ProxyJump none` in the ssh configuration.",
    });
  if (followers.length + 1 + before.length > longestWay)
    throw new OpsError("badInput", `More than five jump hosts lead to ${showHop(followers[0] ?? hop)}.`, {
      nextStep: "Shorten the ProxyJump list in the ssh configuration.",
    });
  const last = before.at(-1);
  if (last === undefined) return [hop];
  // In a list, every jump host is reached through the one before it, and only the first by its own configuration.
  const lastJumps = before.length > 1 ? before.slice(0, -1) : undefined;
  return [...(await resolveWay(last, lastJumps, environment, [...followers, hop])), hop];
}

async function readValues(reference: HostReference, environment: ResolveEnvironment): Promise<ConfigValues> {
  return environment.sshPath === undefined
    ? readConfigFiles(reference, environment)
    : askSystemSsh(environment.sshPath, reference, environment);
}

function parseProxyJump(text: string): readonly HostReference[] {
  return text.split(",").map((jump) => {
    const plain = jump.trim().replace(/^ssh:\/\//, "");
    return parseHostReference(plain);
  });
}

function refuseProxyCommand(hop: ResolvedHop, values: ConfigValues): void {
  if (firstValue(values, "proxycommand") === undefined) return;
  throw new OpsError(
    "refused",
    `${showHop(hop)} is reached through a ProxyCommand, which needs the system's ssh and is not supported here. Nothing was started.`,
    { nextStep: "Use ProxyJump where the way leads over SSH, or add an entry without ProxyCommand for this host." },
  );
}

function isSameHop(one: ResolvedHop, other: ResolvedHop): boolean {
  return one.hostName.toLowerCase() === other.hostName.toLowerCase() && one.port === other.port;
}

function showHop(hop: ResolvedHop): string {
  return showText(formatHostReference({ host: hop.alias }), 80);
}
