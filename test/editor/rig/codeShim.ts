import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { format } from "node:util";
import { createProfile, removeProfile, startEditorServer } from "#test/editor/rig/editorServer";
import { installEditor } from "#test/editor/rig/installEditor";
import { openBrowser } from "#test/editor/rig/openBrowser";

/**
 * Stands in for the desktop `code` executable: takes the arguments that
 * `@vscode/test-electron` gives it, runs the tests in the editor rig and answers with the
 * tests' exit code. What the editor prints goes to test-results/extension-host.log; its end
 * is shown when the run itself fails.
 */
export async function runCodeShim(argv: readonly string[]): Promise<number> {
  const editor = installEditor();
  if (editor.kind === "unavailable") {
    console.error(editor.reason);
    return 2;
  }
  const profile = createProfile();
  const server = await startEditorServer(editor, profile, { testDriver: true });
  const browser = await openBrowser(editor.chromium);
  const lines: string[] = [];
  try {
    const exit = new Promise<number>((answer) => {
      browser.page.on("crash", () => answer(70));
      void browser.page.exposeFunction("codeAutomationExit", (code: number) => answer(code));
    });
    await browser.page.exposeFunction("codeAutomationLog", (_type: string, parts: readonly unknown[]) => {
      lines.push(format(...parts));
    });
    await browser.page.goto(testAddress(server.url, server.port, argv));
    const code = await Promise.race([exit, timeout(browser.page)]);
    if (code !== 0) console.error(lines.slice(-40).join("\n"));
    return code;
  } finally {
    mkdirSync("test-results", { recursive: true });
    writeFileSync("test-results/extension-host.log", lines.join("\n"));
    await browser.close();
    await server.stop();
    removeProfile(profile);
  }
}

function testAddress(url: string, port: number, argv: readonly string[]): string {
  const remote = (path: string): string => `vscode-remote://127.0.0.1:${port}${resolve(path)}`;
  const payload = argv.flatMap((argument) => {
    const match = /^--(extensionDevelopmentPath|extensionTestsPath)=(.*)$/.exec(argument);
    return match === null ? [] : [[match[1], remote(match[2] ?? "")]];
  });
  const query = new URLSearchParams({ payload: JSON.stringify(payload) });
  const folder = argv.find((argument) => !argument.startsWith("-"));
  if (folder !== undefined) query.set("folder", resolve(folder));
  return `${url}/?${query}`;
}

const limitMinutes = 5;

async function timeout(page: Page): Promise<number> {
  await sleep(limitMinutes * 60_000, undefined, { ref: false });
  console.error(`the tests did not end within ${limitMinutes} minutes`);
  await page.screenshot({ path: "test-results/screenshots/extension-host-timeout.png" });
  return 124;
}
