import type * as vscode from "vscode";
import { AttemptSecrets } from "../prompts/attemptSecrets.ts";
import { askSudoPassword, authPrompts } from "../prompts/authPrompts.ts";
import type { SecretStore } from "../prompts/secretStore.ts";
import { askInput, confirmHostKey } from "../prompts/prompts.ts";
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
  return async (entry, { signal, onPhase }) => {
    const [{ openHost }, { readArtifacts }, { TrustStore }, { currentEnvironment }] = await Promise.all([
      import("#remote/openHost"),
      import("#remote/staging/artifacts"),
      import("#remote/hostKeys/trustStore"),
      import("#remote/config/resolveEnvironment"),
    ]);
    const { stateFolder, leaveNothingBehind, sshConfigFile } = settings();
    const attempt = new AttemptSecrets(secrets, entry.address);
    const opened = openHost(entry.address, {
      prompts: authPrompts(attempt, askInput),
      trust: { store: new TrustStore(options.trustFile, (message) => log.warn(message)), confirmHostKey },
      environment: currentEnvironment(sshConfigFile === "" ? {} : { configFile: sshConfigFile }),
      artifacts: readArtifacts(options.programFolder),
      operator: options.operator,
      sudoPassword: () => askSudoPassword(attempt, askInput, entry.address, signal),
      leaveNothing: leaveNothingBehind,
      signal,
      log: (line) => log.debug(`${entry.address}: ${line}`),
      onPhase: (phase) => {
        log.info(`${entry.address}: ${phase}`);
        onPhase(phase);
      },
      ...(stateFolder === "" ? {} : { stateFolder }),
    });
    return opened.then(
      async (host) => {
        await attempt.accepted();
        return host;
      },
      async (error: unknown) => {
        await attempt.failed(error);
        throw error;
      },
    );
  };
}
