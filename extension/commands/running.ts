import * as vscode from "vscode";
import type { Progress } from "#protocol/methods";
import type { Session } from "#remote/session";
import { hostWords } from "../dialogs/confirm.ts";
import { noticeText } from "../dialogs/shownText.ts";
import type { Services } from "../services.ts";
import type { HostState } from "../state/hostState.ts";

export interface Run {
  readonly session: Session;
  readonly signal: AbortSignal;
  /** For requests: shows what the host reports. */
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Connects when needed and does one thing on one host, with progress that can be
 * cancelled and the host's row saying what is going on.
 */
export async function onHost<T>(
  services: Services,
  state: HostState,
  title: string,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const { address } = state.entry;
  const controller = new AbortController();
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: `${title} on ${hostWords(state.entry)}`,
      cancellable: true,
    },
    async (progress, token) => {
      const subscription = token.onCancellationRequested(() => controller.abort());
      services.workbench.setActivity(address, title.toLowerCase());
      try {
        const session = await services.connections.connect(state.entry, controller.signal);
        return await work({
          session,
          signal: controller.signal,
          onProgress: ({ message }) => progress.report({ message: noticeText(message, 80) }),
        });
      } finally {
        subscription.dispose();
        services.workbench.setActivity(address, undefined);
      }
    },
  );
}
