import {
  type Connection,
  type Diagnostic,
  DiagnosticSeverity,
  TextDocuments,
  TextDocumentSyncKind,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { type Document, isNode, parseDocument } from "yaml";
import { readAllowlist } from "#core/alarms/allowlist";

const source = "countermine";

/** Larger ones are left alone: an allow-list of a megabyte is a mistake, and typing must stay quick. */
const longestCharacters = 1 << 20;

/**
 * The language server, as a class over a connection so that tests need no process. It
 * checks `.countermine/allowlist.yaml` as it is typed: a rule with a slip silences nothing.
 */
export class LanguageService {
  readonly #connection: Connection;
  readonly #documents = new TextDocuments(TextDocument);

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.onInitialize(() => ({ capabilities: { textDocumentSync: TextDocumentSyncKind.Incremental } }));
    this.#documents.onDidChangeContent(({ document }) => this.#check(document));
    this.#documents.onDidClose(
      ({ document }) => void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] }),
    );
    this.#documents.listen(connection);
    connection.listen();
  }

  #check(document: TextDocument): void {
    if (!document.uri.endsWith("/.countermine/allowlist.yaml")) return;
    void this.#connection.sendDiagnostics({ uri: document.uri, diagnostics: [...diagnose(document)] });
  }
}

function diagnose(document: TextDocument): readonly Diagnostic[] {
  const text = document.getText();
  if (text.length > longestCharacters) return [];
  const parsed = parseDocument(text);
  if (parsed.errors.length > 0) {
    return parsed.errors.map(({ pos, message }) =>
      diagnostic(document, pos[0], pos[1], message.split("\n")[0] ?? message),
    );
  }
  const { problems } = readAllowlist(parsed.toJS({ maxAliasCount: 0 }));
  return problems.map(({ path, message }) => {
    const [start, end] = rangeOf(parsed, path) ?? [0, Math.min(text.length, 1)];
    return diagnostic(document, start, end, `${message} This rule is left out.`);
  });
}

function diagnostic(document: TextDocument, start: number, end: number, message: string): Diagnostic {
  const range = { start: document.positionAt(start), end: document.positionAt(Math.max(end, start + 1)) };
  return { range, message, severity: DiagnosticSeverity.Error, source };
}

/** Offsets of the node at a path such as `rules[2].operator`, or of its nearest parent that exists. */
function rangeOf(document: Document, path: string): readonly [number, number] | undefined {
  const keys = [...path.matchAll(/[^.[\]]+/g)].map(([key]) => (/^\d+$/.test(key) ? Number(key) : key));
  for (let length = keys.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(keys.slice(0, length), true);
    if (isNode(node) && node.range) return [node.range[0], node.range[1]];
  }
  return undefined;
}
