/**
 * As much of the editor's API as activation touches: it registers, remembers and does
 * nothing. Whatever else is asked for fails loudly.
 */
export function stubVscode(configuration: Readonly<Record<string, unknown>> = {}) {
  const registered: string[] = [];
  const disposable = () => ({ dispose: () => undefined });
  class EventEmitter {
    readonly event = disposable;
    fire(): void {}
    dispose(): void {}
  }
  const log = () => undefined;
  const api = {
    EventEmitter,
    Disposable: { from: disposable },
    TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
    StatusBarAlignment: { Left: 1 },
    ProgressLocation: { Notification: 15 },
    ConfigurationTarget: { Global: 1 },
    ThemeColor: function ThemeColor() {},
    window: {
      createOutputChannel: () => ({ debug: log, info: log, warn: log, error: log, dispose: log }),
      createTreeView: () => ({ ...disposable() }),
      createStatusBarItem: () => ({ show: log, hide: log, dispose: log }),
      showWarningMessage: () => Promise.resolve(undefined),
    },
    workspace: {
      getConfiguration: () => ({ get: (name: string) => configuration[name] }),
      registerTextDocumentContentProvider: disposable,
      onDidChangeConfiguration: disposable,
      onDidOpenTextDocument: disposable,
      textDocuments: [],
    },
    languages: { match: () => 0 },
    commands: {
      registerCommand: (id: string) => {
        registered.push(id);
        return disposable();
      },
      executeCommand: () => Promise.resolve(undefined),
    },
  };
  return { api, registered };
}
