import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { createConnection, createProtocolConnection, type PublishDiagnosticsParams } from "vscode-languageserver/node";
import { LanguageService } from "./languageService.ts";

async function diagnosticsOf(
  text: string,
  uri = "file:///infra/.countermine/allowlist.yaml",
): Promise<PublishDiagnosticsParams> {
  const toServer = new PassThrough();
  const toClient = new PassThrough();
  void new LanguageService(createConnection(toServer, toClient));
  const client = createProtocolConnection(toClient, toServer);
  const published = new Promise<PublishDiagnosticsParams>((resolve) => {
    client.onNotification("textDocument/publishDiagnostics", resolve);
  });
  client.listen();
  await client.sendRequest("initialize", { processId: null, rootUri: null, capabilities: {} });
  await client.sendNotification("textDocument/didOpen", {
    textDocument: { uri, languageId: "yaml", version: 1, text },
  });
  try {
    return await published;
  } finally {
    client.dispose();
  }
}

describe("language server on allowlist.yaml", () => {
  it("points at the operator that does not exist", async () => {
    const { diagnostics } = await diagnosticsOf(
      "rules:\n  - field: processPath\n    operator: like\n    value: /opt/miner\n    reason: our own test rig\n",
    );
    assert.equal(diagnostics.length, 1);
    assert.deepEqual(diagnostics[0]?.range.start, { line: 2, character: 14 });
  });

  it("points at broken YAML", async () => {
    const { diagnostics } = await diagnosticsOf("rules: [\n");
    assert.ok(diagnostics.length > 0);
  });

  it("is silent on a good file", async () => {
    const { diagnostics } = await diagnosticsOf(
      "version: 1\nrules:\n  - field: processPath\n    operator: equal\n    value: /opt/miner/xmrig\n    reason: benchmark machine\n",
    );
    assert.deepEqual(diagnostics, []);
  });
});
