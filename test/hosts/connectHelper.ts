import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpsError } from "#core/opsError";
import type { AuthPrompts } from "#remote/auth/authPrompts";
import { currentEnvironment } from "#remote/config/resolveEnvironment";
import { TrustStore } from "#remote/hostKeys/trustStore";
import { openHost, type OpenedHost, type OpenHostOptions } from "#remote/openHost";
import { readArtifacts } from "#remote/staging/artifacts";
import type { LabHost } from "./lab/labHost.ts";
import type { LabUserName } from "./lab/labUsers.ts";

export interface HelperOptions {
  readonly user?: LabUserName;
  readonly sudoPassword?: string;
  readonly overrides?: Partial<OpenHostOptions>;
  /** Content of known_hosts; the host's own keys when absent. */
  readonly knownHosts?: string;
}

const noPrompts: AuthPrompts = {
  askPassphrase: () => Promise.resolve(undefined),
  askPassword: () => Promise.resolve(undefined),
  askKeyboardInteractive: () => Promise.resolve(undefined),
};

/** Opens a lab host as the product does: its own ssh configuration, verified key, staged helper. */
export async function connectHelper(host: LabHost, options: HelperOptions = {}): Promise<OpenedHost> {
  const folder = mkdtempSync(join(tmpdir(), "countermine-client-"));
  const knownHosts = join(folder, "known_hosts");
  const configFile = join(folder, "config");
  writeFileSync(knownHosts, options.knownHosts ?? host.knownHosts);
  writeFileSync(
    configFile,
    `Host lab\n  HostName ${host.host}\n  Port ${host.port}\n  User ${options.user ?? "root"}\n  IdentityFile ${host.keyPath}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${knownHosts}\n  GlobalKnownHostsFile none\n`,
    { mode: 0o600 },
  );
  const { sudoPassword } = options;
  try {
    return await openHost("lab", {
      artifacts: readArtifacts("dist"),
      operator: "tester@lab",
      environment: currentEnvironment({ configFile }),
      prompts: noPrompts,
      trust: { store: new TrustStore(join(folder, "trusted.json")), confirmHostKey: () => Promise.resolve("refuse") },
      sudoPassword: () =>
        sudoPassword === undefined
          ? Promise.reject(new OpsError("cancelled", "No password was expected to be asked for."))
          : Promise.resolve(Buffer.from(sudoPassword)),
      signal: AbortSignal.timeout(120_000),
      ...options.overrides,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
