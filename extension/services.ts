import type * as vscode from "vscode";
import type { Documents } from "./documents/documents.ts";
import type { Connections } from "./hosts/connections.ts";
import type { Settings } from "./settings.ts";
import type { ActMode } from "./state/actMode.ts";
import type { Workbench } from "./state/workbench.ts";

/** What a command may use. Built once in main.ts. */
export interface Services {
  readonly workbench: Workbench;
  readonly connections: Connections;
  readonly actMode: ActMode;
  readonly documents: Documents;
  readonly log: vscode.LogOutputChannel;
  /** The settings as they are now. */
  readonly settings: () => Settings;
  /** Names for the picker, from the user's own ssh_config. */
  readonly listConfiguredHosts: () => Promise<readonly string[]>;
  /** Forgets every password that was given for a host of the list. */
  readonly forgetSecrets: (address: string) => Promise<void>;
}
