import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  createProfile,
  installExtension,
  removeProfile,
  startEditorServer,
  type ServerOptions,
} from "#test/editor/rig/editorServer";
import { installEditor } from "#test/editor/rig/installEditor";
import { openBrowser } from "#test/editor/rig/openBrowser";
import { packedExtension } from "#test/editor/ui/packedExtension";
import { themeSettings } from "#test/editor/ui/themes";
import { Workbench } from "#test/editor/ui/workbench";

export interface WorkbenchOptions extends ServerOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The folder to open; an empty one by default. */
  readonly workspace?: string;
}

/**
 * Call inside a `describe`: packs the extension, installs it into a fresh profile and opens
 * the workbench before the first test; closes everything after the last. A test that fails
 * leaves a picture named after it. The tests are skipped, with the reason, where no editor
 * can be installed.
 *
 * `options` may be a function: it is called in the hook, after the hooks written before it.
 */
export function useWorkbench(options: WorkbenchOptions | (() => WorkbenchOptions) = {}): () => Workbench {
  const closers: (() => Promise<void> | void)[] = [];
  let workbench: Workbench | undefined;

  before(async function () {
    this.timeout(10 * 60_000);
    const editor = installEditor();
    if (editor.kind === "unavailable") {
      console.log(`  the workbench can't be opened here: ${editor.reason}`);
      this.skip();
    }
    const { settings = {}, workspace, ...serverOptions } = typeof options === "function" ? options() : options;
    const profile = createProfile({ ...themeSettings, ...settings });
    closers.unshift(() => removeProfile(profile));
    installExtension(editor, profile, await packedExtension());
    const server = await startEditorServer(editor, profile, serverOptions);
    closers.unshift(server.stop);
    const browser = await openBrowser(editor.chromium);
    closers.unshift(browser.close);
    browser.page.setDefaultTimeout(15_000);
    const folder = workspace ?? join(profile.folder, "workspace");
    mkdirSync(folder, { recursive: true });
    workbench = new Workbench(browser.page, profile, `${server.url}/?${new URLSearchParams({ folder })}`);
    await workbench.load();
  });

  afterEach(async function () {
    if (this.currentTest?.state !== "failed" || workbench === undefined) return;
    const name = this.currentTest.fullTitle().replaceAll(/\W+/g, "-").slice(0, 100);
    await workbench.page.screenshot({ path: `test-results/screenshots/failed-${name}.png` });
  });

  after(async function () {
    this.timeout(60_000);
    for (const close of closers) await close();
  });

  return () => {
    if (workbench === undefined) throw new Error("the workbench is open inside tests only");
    return workbench;
  };
}
