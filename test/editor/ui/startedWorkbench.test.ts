import assert from "node:assert/strict";
import { openWorkbench, type OpenWorkbench } from "#scripts/start/openWorkbench";
import { installEditor } from "#test/editor/rig/installEditor";
import { openBrowser } from "#test/editor/rig/openBrowser";
import { packedExtension } from "#test/editor/ui/packedExtension";

describe("the workbench that npm start opens", function () {
  this.timeout(10 * 60_000);
  let workbench: OpenWorkbench | undefined;
  const address = (): string => {
    assert.ok(workbench?.kind === "open");
    return workbench.address;
  };

  before(async function () {
    workbench = await openWorkbench(await packedExtension(), {});
    if (workbench.kind === "unavailable") {
      console.log(`  the workbench can't be opened here: ${workbench.reason}`);
      this.skip();
    }
  });
  after(async () => {
    if (workbench?.kind === "open") await workbench.close();
  });

  it("lets in who has the address", async () => {
    const editor = installEditor();
    assert.ok(editor.kind === "installed");
    const { page, close } = await openBrowser(editor.chromium);
    try {
      await page.goto(address());
      await page.locator('.activitybar a.action-label[aria-label^="Countermine"]').waitFor({ timeout: 60_000 });
    } finally {
      await close();
    }
  });

  it("turns away who guesses the key, or knows the editor's port only", async () => {
    const guess = await fetch(new URL("/guess", address()), { redirect: "manual" });
    assert.equal(guess.status, 404);
    assert.equal(guess.headers.get("set-cookie"), null);
    const door = await fetch(address(), { redirect: "manual" });
    const editor = await fetch(door.headers.get("location") ?? "", { redirect: "manual" });
    assert.equal(editor.status, 302);
    assert.match(editor.headers.get("location") ?? "", /login/);
  });
});
