import * as vscode from "vscode";
import { showText } from "#core/text/showBytes";
import type { HostKeyQuestion } from "#remote/hostKeys/hostKeyTrust";
import type { Ask } from "./authPrompts.ts";

/**
 * Asks about a key that is not known. There is no button that makes this quick: the
 * fingerprint has to come from somewhere else than the network that may be lying.
 */
export async function confirmHostKey(question: HostKeyQuestion): Promise<"remember" | "once" | "refuse"> {
  const others = question.otherKnownKeys.map(
    ({ keyType, fingerprint, place }) => `known: ${keyType} ${fingerprint} (${place})`,
  );
  const chosen = await vscode.window.showWarningMessage(
    `The host key of ${showText(question.where, 200)} is not known.`,
    {
      modal: true,
      detail: [
        `${question.hostName}:${question.port} shows this ${question.keyType} key:`,
        question.fingerprint,
        ...(others.length > 0
          ? ["", "A key of another type is known for this host, which makes a new one suspicious:", ...others]
          : []),
        "",
        "Compare it with what the host's console or your provider shows. Nothing was sent to the host yet.",
      ].join("\n"),
    },
    { title: "Refuse" },
    { title: "Trust and Remember" },
    { title: "Trust Once" },
    { title: "Cancel", isCloseAffordance: true },
  );
  if (chosen?.title === "Trust and Remember") return "remember";
  return chosen?.title === "Trust Once" ? "once" : "refuse";
}

/** One line from the operator, in an input box that stays when the focus goes elsewhere. */
export const askInput: Ask = async (question, signal) => {
  if (signal.aborted) return undefined;
  const source = new vscode.CancellationTokenSource();
  const abort = (): void => source.cancel();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await vscode.window.showInputBox(
      { title: question.title, prompt: question.prompt, password: question.isSecret, ignoreFocusOut: true },
      source.token,
    );
  } finally {
    signal.removeEventListener("abort", abort);
    source.dispose();
  }
};
