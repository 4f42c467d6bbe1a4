import * as vscode from "vscode";
import { OpsError, type OpsErrorKind } from "#core/opsError";
import { showText } from "#core/text/showBytes";
import { noticeText } from "./dialogs/shownText.ts";

interface Presentation {
  readonly severity: "silent" | "warning" | "error";
  /** Commands offered as buttons, besides the log. */
  readonly buttons: readonly { readonly title: string; readonly command: string }[];
}

const settings = { title: "Open Settings", command: "countermine.openSettings" };
const journal = { title: "Show Journal", command: "countermine.showJournal" };
const recover = { title: "Recover", command: "countermine.recover" };

/** Every kind of failure, in one place: how loud it is and what is offered. */
const presentations: Readonly<Record<OpsErrorKind, Presentation>> = {
  cancelled: { severity: "silent", buttons: [] },
  badInput: { severity: "warning", buttons: [settings] },
  hostUnreachable: { severity: "error", buttons: [] },
  connectionLost: { severity: "error", buttons: [journal] },
  hostKeyUnknown: { severity: "warning", buttons: [] },
  hostKeyMismatch: { severity: "error", buttons: [] },
  hostKeyRevoked: { severity: "error", buttons: [] },
  hostKeyCaOnly: { severity: "error", buttons: [] },
  hostKeyUnreadable: { severity: "error", buttons: [] },
  authFailed: { severity: "error", buttons: [] },
  privilegeFailed: { severity: "error", buttons: [] },
  stagingFailed: { severity: "error", buttons: [settings] },
  helperMissing: { severity: "error", buttons: [] },
  protocolMismatch: { severity: "error", buttons: [] },
  protocolViolation: { severity: "error", buttons: [] },
  permissionDenied: { severity: "error", buttons: [] },
  preconditionChanged: { severity: "warning", buttons: [] },
  refused: { severity: "warning", buttons: [] },
  locked: { severity: "warning", buttons: [] },
  noSpace: { severity: "error", buttons: [settings] },
  readOnly: { severity: "error", buttons: [] },
  notFound: { severity: "warning", buttons: [] },
  alreadyExists: { severity: "warning", buttons: [] },
  stateDamaged: { severity: "error", buttons: [journal, recover] },
  timedOut: { severity: "error", buttons: [] },
  bug: { severity: "error", buttons: [journal] },
};

/** The one place where an error becomes words and buttons. */
export async function presentError(error: unknown, log: vscode.LogOutputChannel): Promise<void> {
  const known = OpsError.is(error) ? error : asBug(error);
  log.error(`${known.kind}: ${known.message}`, ...(known.nextStep === "" ? [] : [known.nextStep]));
  if (known.kind === "bug" && error instanceof Error) log.error(showText(error.stack ?? "", 4000));
  const { severity, buttons } = presentations[known.kind];
  if (severity === "silent") return;
  const titles = [...buttons.map(({ title }) => title), "Show Log"];
  // Some of these words are a host's, and a notification would make its links live.
  const text = noticeText(`${known.message} ${known.nextStep}`.trim());
  const chosen =
    severity === "error"
      ? await vscode.window.showErrorMessage(text, ...titles)
      : await vscode.window.showWarningMessage(text, ...titles);
  if (chosen === "Show Log") log.show();
  const button = buttons.find(({ title }) => title === chosen);
  if (button) await vscode.commands.executeCommand(button.command);
}

function asBug(error: unknown): OpsError {
  const message = error instanceof Error ? error.message : String(error);
  return new OpsError("bug", `Something went wrong inside Countermine: ${showText(message, 300)}`, {
    nextStep: "What was done on hosts until then is in their journals.",
    cause: error,
  });
}
