import * as vscode from "vscode";
import { OpsError } from "#core/opsError";
import { showText } from "#core/text/showBytes";
import { hostLabel, isProduction, type HostEntry } from "../hosts/hostEntry.ts";
import { actMinutes, type ActMode } from "../state/actMode.ts";
import { noticeText } from "./shownText.ts";

/** How a host is named in every confirmation: label and environment. */
export function hostWords(entry: HostEntry): string {
  const environment = entry.environment === undefined ? "" : ` (${noticeText(entry.environment, 60)})`;
  return `${noticeText(hostLabel(entry), 100)}${environment}`;
}

interface Question {
  /** Verb and object, for example `Isolate 1 file and kill 2 processes`. */
  readonly action: string;
  readonly entry: HostEntry;
  /** Up to ten lines; what can't be taken back comes first. */
  readonly details: readonly string[];
  /** The label of the button that agrees. */
  readonly button: string;
  /** Ask for the host's name to be typed, whatever the environment. */
  readonly mustType?: boolean;
}

const detailLimit = 10;

/**
 * Asks before anything changes on a host. Cancel is the default of the dialog; a
 * production host, or more than ten things at once, wants its name typed as well.
 */
export async function confirm(question: Question): Promise<boolean> {
  const where = hostWords(question.entry);
  const shown = question.details.slice(0, detailLimit);
  const rest = question.details.length - shown.length;
  const detail = [...shown, ...(rest > 0 ? [`and ${rest} more (see the open plan)`] : [])].join("\n");
  // The editor focuses the first button and never the closing one: so Cancel has to stand first.
  const chosen = await vscode.window.showWarningMessage(
    `${question.action} on ${where}?`,
    { modal: true, detail },
    { title: "Cancel" },
    { title: question.button },
    { title: "Back to the Plan", isCloseAffordance: true },
  );
  if (chosen?.title !== question.button) return false;
  if (question.mustType !== true && !isProduction(question.entry) && rest <= 0) return true;
  return typeName(question.entry, question.action);
}

async function typeName(entry: HostEntry, action: string): Promise<boolean> {
  const name = hostLabel(entry);
  const typed = await vscode.window.showInputBox({
    title: `${action} on ${hostWords(entry)}`,
    prompt: `Type ${showText(name, 100)} to go on`,
    ignoreFocusOut: true,
    validateInput: (value) =>
      value === name ? undefined : `Type the host's name, ${showText(name, 100)}, or press Escape to cancel.`,
  });
  return typed === name;
}

/** Changing anything needs act mode; offers to switch to it for a while. */
export async function ensureActing(actMode: ActMode, action: string): Promise<boolean> {
  if (actMode.isActing) return true;
  const button = `Act for ${actMinutes} Minutes`;
  const chosen = await vscode.window.showWarningMessage(
    "Countermine is observing.",
    {
      modal: true,
      detail: `${action} changes a host. Switch to act mode? It goes back to observing by itself after ${actMinutes} minutes, and each change is still asked for.`,
    },
    { title: "Stay Observing" },
    { title: button },
    { title: "Cancel", isCloseAffordance: true },
  );
  if (chosen?.title !== button) return false;
  actMode.act();
  return true;
}

/** A dialog may stay open longer than act mode lasts: looked at again at the last moment. */
export function requireActing(actMode: ActMode): void {
  if (actMode.isActing) return;
  throw new OpsError("refused", "Act mode has ended while the question was open. Nothing was changed.", {
    nextStep: "Switch to act mode and run the command again.",
  });
}
