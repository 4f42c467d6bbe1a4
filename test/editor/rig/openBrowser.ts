import { chromium, type BrowserContext, type Page } from "playwright-core";

export interface BrowserWindow {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly close: () => Promise<void>;
}

/** Opens a headless browser window of 1280 x 800 that talks to nobody by itself. */
export async function openBrowser(executablePath: string): Promise<BrowserWindow> {
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
  return { page: await context.newPage(), context, close: () => browser.close() };
}
