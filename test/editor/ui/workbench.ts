import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { FrameLocator, Locator, Page } from "playwright-core";
import { writeSettings, type Profile } from "#test/editor/rig/editorServer";
import { themes, themeSettings, type Theme } from "#test/editor/ui/themes";

export interface TreeRow {
  readonly label: string;
  readonly description: string;
  /** From 1, as the tree is nested. */
  readonly level: number;
  readonly isExpanded: boolean | undefined;
}

export interface Dialog {
  readonly message: string;
  readonly detail: string;
  readonly buttons: readonly string[];
  /** The button that Enter would press. */
  readonly focused: string | undefined;
}

const container = "Countermine";

/**
 * The workbench as a user meets it: what can be seen, what can be clicked. Every step waits
 * for its element, up to the page's timeout, and throws when it does not come.
 */
export class Workbench {
  readonly page: Page;
  readonly #profile: Profile;
  readonly #address: string;
  #theme: Theme = "dark";
  static #pictures = 0;

  constructor(page: Page, profile: Profile, address: string) {
    this.page = page;
    this.#profile = profile;
    this.#address = address;
  }

  /** Loads the workbench, or loads it again: what the user typed and stored is still there. */
  async load(): Promise<void> {
    await this.page.emulateMedia(themes[this.#theme].media);
    await this.page.goto(this.#address);
    await this.page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
    await this.#activityIcon().waitFor({ timeout: 60_000 });
  }

  /** Runs a command from the palette by its full title, e.g. `Countermine: Add Host`. */
  async runCommand(title: string): Promise<void> {
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("F1");
    await this.#quickInputBox().fill(`>${title}`);
    await this.#quickInputRow(title).click();
  }

  /** Opens the side bar and unfolds one of the extension's views. */
  async openView(view: string): Promise<void> {
    const title = this.page.locator(".part.sidebar .composite.title h2");
    if ((await title.count()) === 0 || !(await title.first().innerText()).toLowerCase().startsWith("countermine")) {
      await this.#activityIcon().click();
    }
    const header = this.view(view).locator("> .pane-header");
    await header.waitFor();
    if ((await header.getAttribute("aria-expanded")) === "false") await header.click();
  }

  /** A view of the side bar, with its header. */
  view(view: string): Locator {
    return this.page.locator(".part.sidebar .pane").filter({
      has: this.page.locator(`> .pane-header[aria-label^="${view}"]`),
    });
  }

  /** The words an empty view shows instead of rows. */
  async emptyText(view: string): Promise<string> {
    await this.openView(view);
    const welcome = this.view(view).locator(".welcome-view-content");
    await welcome.waitFor();
    return welcome.innerText();
  }

  /** The rows that can be seen now; a long tree shows a part of its rows. */
  async treeRows(view: string): Promise<readonly TreeRow[]> {
    await this.openView(view);
    const rows = await this.view(view).locator(".monaco-list-row").all();
    return Promise.all(
      rows.map(async (row) => {
        const expanded = await row.getAttribute("aria-expanded");
        const description = row.locator(".label-description");
        return {
          label: await row.locator(".label-name").first().innerText(),
          description: (await description.count()) === 0 ? "" : await description.first().innerText(),
          level: Number(await row.getAttribute("aria-level")),
          isExpanded: expanded === null ? undefined : expanded === "true",
        };
      }),
    );
  }

  /** The first row that has this text; wait for it with `row(...).waitFor()`. */
  row(view: string, text: string | RegExp): Locator {
    return this.view(view).locator(".monaco-list-row").filter({ hasText: text }).first();
  }

  async clickRow(view: string, text: string | RegExp): Promise<void> {
    await this.openView(view);
    await this.row(view, text).click();
  }

  async expandRow(view: string, text: string | RegExp): Promise<void> {
    await this.openView(view);
    const row = this.row(view, text);
    if ((await row.getAttribute("aria-expanded")) === "false") await row.locator(".monaco-tl-twistie").click();
  }

  /** Right-clicks a row and chooses an entry; more than one entry walks into submenus. */
  async contextMenu(view: string, text: string | RegExp, ...entries: readonly string[]): Promise<void> {
    await this.openView(view);
    await this.row(view, text).click({ button: "right" });
    // The menu takes no click in its first moments, so that the right click itself chooses nothing.
    await this.page.waitForTimeout(300);
    for (const entry of entries) await this.#menuEntry(entry).click();
  }

  /** The entries of a row's context menu; closes the menu again. */
  async contextMenuEntries(view: string, text: string | RegExp): Promise<readonly string[]> {
    await this.openView(view);
    await this.row(view, text).click({ button: "right" });
    const labels = this.page.locator(".monaco-menu .action-item:not(.disabled) .action-label[aria-label]");
    await labels.first().waitFor();
    const entries = await labels.evaluateAll((items) => items.map((item) => item.getAttribute("aria-label") ?? ""));
    await this.page.keyboard.press("Escape");
    return entries.filter((entry) => entry !== "");
  }

  /** Presses a button that a row shows while the pointer is on it. */
  async inlineAction(view: string, text: string | RegExp, title: string): Promise<void> {
    await this.openView(view);
    const row = this.row(view, text);
    await row.hover();
    await row.locator(`.action-label[aria-label^="${title}"]`).click();
  }

  /** Presses a button in the header of a view. */
  async viewAction(view: string, title: string): Promise<void> {
    await this.openView(view);
    const header = this.view(view).locator("> .pane-header");
    await header.hover();
    await header.locator(`.action-label[aria-label^="${title}"]`).click();
  }

  /** The modal dialog that is open now. */
  async dialog(): Promise<Dialog> {
    const box = this.page.locator(".monaco-dialog-box");
    await box.waitFor();
    const detail = box.locator(".dialog-message-detail");
    const focused = box.locator(".monaco-button:focus");
    return {
      message: await box.locator(".dialog-message-text").innerText(),
      detail: (await detail.count()) === 0 ? "" : await detail.innerText(),
      buttons: await box.locator(".dialog-buttons .monaco-button").allInnerTexts(),
      focused: (await focused.count()) === 0 ? undefined : await focused.innerText(),
    };
  }

  async clickDialog(button: string): Promise<void> {
    const box = this.page.locator(".monaco-dialog-box");
    await box.getByRole("button", { name: button, exact: true }).click();
    await box.waitFor({ state: "detached" });
  }

  /** The notification that has this text. */
  notification(text: string | RegExp): Locator {
    return this.page.locator(".notifications-toasts .notification-toast").filter({ hasText: text }).first();
  }

  async clickNotification(text: string | RegExp, button: string): Promise<void> {
    await this.notification(text).getByRole("button", { name: button, exact: true }).click();
  }

  async closeNotifications(): Promise<void> {
    await this.runCommand("Notifications: Clear All Notifications");
  }

  /** Types into the input that is open now, and presses Enter. */
  async answer(text: string): Promise<void> {
    await this.#quickInputBox().fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** Chooses an entry of the list that is open now, by its label. */
  async pick(label: string | RegExp): Promise<void> {
    await this.#quickInputRow(label).click();
  }

  /** The entries of the list that is open now. */
  async pickable(): Promise<readonly string[]> {
    await this.page.locator(".quick-input-list .monaco-list-row").first().waitFor();
    return this.page.locator(".quick-input-list .monaco-list-row .label-name").allInnerTexts();
  }

  /** What the open input asks: its title, or the words beside it. */
  async question(): Promise<string> {
    await this.#quickInputBox().waitFor();
    const widget = this.page.locator(".quick-input-widget");
    const texts = await widget.locator(".quick-input-title, .quick-input-message").allInnerTexts();
    return texts.filter((text) => text.trim() !== "").join("\n");
  }

  async statusBar(): Promise<string> {
    const items = await this.page.locator(".part.statusbar .statusbar-item:visible").allInnerTexts();
    return items.map((text) => text.trim()).join("  ");
  }

  /** The number on the extension's icon in the activity bar; undefined without a badge. */
  async badge(): Promise<string | undefined> {
    const badge = this.page
      .locator(".activitybar .action-item")
      .filter({ has: this.#activityIcon() })
      .locator(".badge");
    return (await badge.isVisible()) ? badge.innerText() : undefined;
  }

  /** The tabs of the editor area. */
  async tabs(): Promise<readonly string[]> {
    return this.page.locator(".tabs-container .tab .label-name").allInnerTexts();
  }

  /** The lines of the text editor that can be seen now. */
  async editorText(): Promise<string> {
    const editor = this.page.locator(".editor-instance .view-lines").first();
    await editor.waitFor();
    // The editor paints spaces as no-break spaces.
    return (await editor.innerText()).replaceAll("\u00a0", " ");
  }

  /** The content of the webview that is open now. */
  webview(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  }

  /** Replaces the user's settings and loads the workbench again, which is when it reads them. */
  async setSettings(settings: Readonly<Record<string, unknown>>): Promise<void> {
    writeSettings(this.#profile, { ...themeSettings, ...settings });
    await this.load();
  }

  async setTheme(theme: Theme): Promise<void> {
    this.#theme = theme;
    const { media, className } = themes[theme];
    await this.page.emulateMedia(media);
    await this.page.locator(`.monaco-workbench.${className}`).waitFor();
  }

  /** Leaves a picture in test-results/screenshots/<theme>/NN-<name>.png and returns its path. */
  async screenshot(name: string): Promise<string> {
    Workbench.#pictures += 1;
    return this.#takePicture(name);
  }

  /** Leaves the same picture in every theme, under the same number, and goes back to the theme of before. */
  async screenshotInThemes(name: string): Promise<readonly string[]> {
    const before = this.#theme;
    Workbench.#pictures += 1;
    const paths: string[] = [];
    for (const theme of Object.keys(themes) as Theme[]) {
      await this.setTheme(theme);
      paths.push(await this.#takePicture(name));
    }
    await this.setTheme(before);
    return paths;
  }

  async #takePicture(name: string): Promise<string> {
    const folder = join("test-results/screenshots", this.#theme);
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${String(Workbench.#pictures).padStart(2, "0")}-${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  #activityIcon(): Locator {
    return this.page.locator(`.activitybar a.action-label[aria-label^="${container}"]`);
  }

  #menuEntry(entry: string): Locator {
    return this.page.locator(`.monaco-menu .action-label[aria-label="${entry}"]`).first();
  }

  #quickInputBox(): Locator {
    return this.page.locator(".quick-input-widget input:visible").first();
  }

  #quickInputRow(label: string | RegExp): Locator {
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    const exact = typeof label === "string" ? this.page.getByText(label, { exact: true }) : this.page.getByText(label);
    return rows.filter({ has: this.page.locator(".label-name").filter({ has: exact }).or(exact) }).first();
  }
}
