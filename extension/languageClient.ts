import * as vscode from "vscode";

const pattern = "**/.countermine/allowlist.yaml";

/** Starts the language server when the first file that it knows is opened, and never before. */
export function languageClient(serverModule: string, log: vscode.LogOutputChannel): vscode.Disposable {
  let stop: (() => Promise<void>) | undefined;
  let hasStarted = false;
  const selector = { scheme: "file", pattern };
  const startFor = (document: vscode.TextDocument): void => {
    if (hasStarted || vscode.languages.match(selector, document) === 0) return;
    hasStarted = true;
    start(serverModule, selector).then(
      (end) => (stop = end),
      (error: unknown) => log.error(`The language server did not start: ${String(error)}`),
    );
  };
  for (const document of vscode.workspace.textDocuments) startFor(document);
  const opened = vscode.workspace.onDidOpenTextDocument(startFor);
  return vscode.Disposable.from(opened, { dispose: () => void stop?.() });
}

async function start(module: string, selector: { scheme: string; pattern: string }): Promise<() => Promise<void>> {
  const { LanguageClient, TransportKind } = await import("vscode-languageclient/node");
  const client = new LanguageClient(
    "countermine",
    "Countermine",
    { module, transport: TransportKind.stdio },
    { documentSelector: [selector], markdown: { isTrusted: false } },
  );
  await client.start();
  return () => client.stop();
}
