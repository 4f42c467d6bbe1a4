import type * as vscode from "vscode";
import type { SecretStore } from "../prompts/secretStore.ts";
import { askSudoPassword, authPrompts, confirmHostKey } from "../prompts/prompts.ts";
import type { Settings } from "../settings.ts";
import type { HostOpener } from "./connections.ts";

interface OpenerOptions {
  readonly secrets: SecretStore;
  readonly settings: () => Settings;
  readonly log: vscode.LogOutputChannel;
  /** Where the helper and the runtime packs are. */
  readonly programFolder: string;
  readonly trustFile: string;
  readonly operator: string;
}

/** Opens hosts with the editor's dialogs. SSH is loaded at the first connection: activation must stay quick. */
export function hostOpener(options: OpenerOptions): HostOpener {
  const { secrets, settings, log } = options;
  const prompts = authPrompts(secrets);
  return async (entry, { signal, onPhase }) => {
    const [{ openHost }, { readArtifacts }, { TrustStore }, { currentEnvironment }] = await Promise.all([
      import("#remote/openHost"),
      import("#remote/staging/artifacts"),
      import("#remote/hostKeys/trustStore"),
      import("#remote/config/resolveEnvironment"),
    ]);
    const { stateFolder, leaveNothingBehind, sshConfigFile } = settings();
    return openHost(entry.address, {
      prompts,
      trust: { store: new TrustStore(options.trustFile, (message) => log.warn(message)), confirmHostKey },
      environment: currentEnvironment(sshConfigFile === "" ? {} : { configFile: sshConfigFile }),
      artifacts: readArtifacts(options.programFolder),
      operator: options.operator,
      sudoPassword: () => askSudoPassword(secrets, entry.address, signal),
      leaveNothing: leaveNothingBehind,
      signal,
      log: (line) => log.debug(`${entry.address}: ${line}`),
      onPhase: (phase) => {
        log.info(`${entry.address}: ${phase}`);
        onPhase(phase);
      },
      ...(stateFolder === "" ? {} : { stateFolder }),
    });
  };
}
