import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { useWorkbench } from "#test/editor/ui/useWorkbench";

describe("the workbench after the package is installed", function () {
  this.timeout(60_000);
  const workbench = useWorkbench();

  for (const view of ["Hosts", "Alarms", "Isolated Files", "Autostart History"]) {
    it(`shows the view ${view}, empty, with words that say why`, async () => {
      assert.match(await workbench().emptyText(view), /No host/);
      assert.deepEqual(await workbench().treeRows(view), []);
    });
  }

  it("looks as the pictures in three themes show", async () => {
    const pictures = await workbench().screenshotInThemes("first-sight");
    assert.deepEqual(
      pictures.map((path) => existsSync(path)),
      [true, true, true],
    );
  });

  it("takes commands by their title", async () => {
    await workbench().runCommand("View: Toggle Primary Side Bar Visibility");
    await workbench().page.locator(".part.sidebar").waitFor({ state: "hidden" });
    await workbench().runCommand("View: Toggle Primary Side Bar Visibility");
    await workbench().openView("Hosts");
  });

  it("keeps its views after a reload", async () => {
    await workbench().load();
    assert.match(await workbench().emptyText("Alarms"), /No host/);
  });
});
