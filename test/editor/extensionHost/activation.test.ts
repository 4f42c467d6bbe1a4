import assert from "node:assert/strict";
import * as vscode from "vscode";

interface Manifest {
  readonly contributes: {
    readonly commands?: readonly { readonly command: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
  };
}

function countermine(): vscode.Extension<unknown> {
  const extension = vscode.extensions.getExtension("countermine.countermine");
  assert.ok(extension, "the extension is not installed");
  return extension;
}

const manifest = (): Manifest => countermine().packageJSON as Manifest;

describe("the extension", () => {
  it("activates", async () => {
    await countermine().activate();
    assert.equal(countermine().isActive, true);
  });

  it("registers every command that its manifest lists", async () => {
    await countermine().activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    const listed = (manifest().contributes.commands ?? []).map(({ command }) => command);
    assert.deepEqual(
      listed.filter((command) => !registered.has(command)),
      [],
    );
  });

  it("shows every view that its manifest lists", async () => {
    const views = Object.values(manifest().contributes.views).flat();
    assert.ok(views.length > 0);
    const registered = new Set(await vscode.commands.getCommands(true));
    for (const { id } of views) {
      assert.ok(registered.has(`${id}.focus`), `${id} is not there`);
      await vscode.commands.executeCommand(`${id}.focus`);
    }
  });
});
