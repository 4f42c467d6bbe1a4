import * as vscode from "vscode";

/** Scheme of our read-only documents. Its paths are made of our own ids, never of a host's text. */
export const documentScheme = "countermine";

const documentLimit = 200;

/** Read-only text documents, by a key of ours. The oldest are forgotten. */
export class Documents implements vscode.TextDocumentContentProvider {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? "This document is no longer kept. Open it again from its view.";
  }

  /** Shows a text under a title made of our own words. */
  async show(key: string, text: string): Promise<void> {
    const uri = this.put(key, text);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true, preserveFocus: false });
  }

  /** Two texts side by side. */
  async diff(
    title: string,
    before: { key: string; text: string },
    after: { key: string; text: string },
  ): Promise<void> {
    await vscode.commands.executeCommand(
      "vscode.diff",
      this.put(before.key, before.text),
      this.put(after.key, after.text),
      title,
    );
  }

  put(key: string, text: string): vscode.Uri {
    const path = `/${key.replace(/[^\w .-]/g, "_").slice(0, 120)}.txt`;
    this.#texts.delete(path);
    this.#texts.set(path, text);
    for (const oldest of this.#texts.keys()) {
      if (this.#texts.size <= documentLimit) break;
      this.#texts.delete(oldest);
    }
    const uri = vscode.Uri.from({ scheme: documentScheme, path });
    this.#changed.fire(uri);
    return uri;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
