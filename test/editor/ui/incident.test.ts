import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useWorkbench } from "#test/editor/ui/useWorkbench";
import { LabHost } from "#test/hosts/lab/labHost";
import { skipWithoutLab } from "#test/hosts/lab/skipWithoutLab";
import { evilScenarios } from "#test/hosts/sims/evilScenarios";
import { Stage } from "#test/hosts/sims/scenario";

/** The whole way of an operator at 3 a.m., on a real host, in the real editor; each step leaves a picture. */
describe("an incident, from an unknown host to a restored file", function () {
  this.timeout(120_000);
  let host: LabHost;
  let folder: string;
  let pid = 0;
  let path = "";
  let hash = "";

  before(async function () {
    this.timeout(10 * 60_000);
    await skipWithoutLab(this);
    host = await LabHost.start({ suite: "bookworm", name: "web-3" });
    const scenario = evilScenarios.find(({ id }) => id === "miner-in-tmp");
    assert.ok(scenario);
    const run = await scenario.start(await Stage.open(host, 1800));
    pid = run.processes.find(({ role }) => role === "miner")?.pid ?? 0;
    path = (await host.mustExec(`readlink /proc/${pid}/exe`)).trim();
    hash = await host.mustExec(`sha256sum ${path}; stat -c '%a %u:%g %Y' ${path}`);
    folder = mkdtempSync(join(tmpdir(), "countermine-ui-"));
    writeFileSync(
      join(folder, "ssh_config"),
      `Host web-3\n  HostName ${host.host}\n  Port ${host.port}\n  User ops\n  IdentityFile ${host.keyPath}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${join(folder, "known_hosts")}\n  GlobalKnownHostsFile none\n`,
      { mode: 0o600 },
    );
  });
  after(async () => {
    await host?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
  const workbench = useWorkbench(() => ({
    settings: { "countermine.sshConfigFile": join(folder, "ssh_config"), "countermine.watchSeconds": 3 },
  }));

  it("adds the host with an environment", async () => {
    const bench = workbench();
    await bench.runCommand("Countermine: Add Host…");
    for (const [title, answer] of [
      ["Add Host (1/3)", "web-3"],
      ["Add Host (2/3)", "web"],
    ] as const) {
      await bench.page.getByText(title).waitFor();
      await bench.answer(answer);
    }
    await bench.page.getByText("Add Host (3/3)").waitFor();
    await bench.screenshot("add-host");
    await bench.pick("production");
    await bench.notification("web-3 was added").waitFor();
    await bench.openView("Hosts");
    await bench.row("Hosts", "web-3").waitFor();
    assert.match(await bench.row("Hosts", "web-3").innerText(), /production.*not connected.*not looked at yet/);
    await bench.screenshot("host-added");
  });

  it("shows the fingerprint of an unknown host key, and sends nothing before it is approved", async () => {
    const bench = workbench();
    await bench.clickNotification("web-3 was added", "Connect");
    const dialog = await bench.dialog();
    assert.match(dialog.message, /web-3.*not known/);
    const fingerprints = host.hostKeys.map(({ fingerprint }) => fingerprint);
    assert.ok(
      fingerprints.some((fingerprint) => dialog.detail.includes(fingerprint)),
      dialog.detail,
    );
    assert.doesNotMatch(await host.sshdLog(), /for ops/);
    await bench.screenshotInThemes("unknown-host-key");
    await bench.clickDialog("Trust and Remember");
    await bench.row("Hosts", /connected as root/).waitFor({ timeout: 60_000 });
    await bench.screenshot("connected");
  });

  it("shows the overview and the prerequisites", async () => {
    const bench = workbench();
    await bench.expandRow("Hosts", "web-3");
    await bench.row("Hosts", "Prerequisites").waitFor();
    await bench.expandRow("Hosts", "Prerequisites");
    await bench.row("Hosts", "Host key").waitFor();
    await bench.screenshot("prerequisites");
  });

  it("triages the host and lists the miner as an alarm", async () => {
    const bench = workbench();
    await bench.runCommand("Countermine: Triage");
    await bench.openView("Alarms");
    const alarm = bench.row("Alarms", `pid ${pid}`);
    await alarm.waitFor({ timeout: 60_000 });
    assert.match(await alarm.innerText(), /critical|high/);
    await bench.page.locator(".activitybar .badge:visible").filter({ hasText: /^\d+$/ }).first().waitFor();
    assert.match(await bench.statusBar(), /alarm.*observe/);
    await bench.screenshotInThemes("alarms");
  });

  it("shows what speaks for and against the alarm", async () => {
    const bench = workbench();
    await bench.clickRow("Alarms", `pid ${pid}`);
    await bench.page.locator(".tabs-container .tab").filter({ hasText: "Alarm" }).waitFor();
    const text = await bench.editorText();
    assert.match(text, /WHAT SPEAKS FOR IT/);
    await bench.screenshotInThemes("alarm-details");
  });

  it("isolates and kills only after the plan, the act mode, the confirmation and the typed name", async () => {
    const bench = workbench();
    await bench.contextMenu("Alarms", `pid ${pid}`, "Isolate and Kill…");
    const mode = await bench.dialog();
    assert.match(mode.message, /observing/);
    assert.match(await bench.editorText(), /CANNOT BE TAKEN BACK/);
    await bench.screenshot("plan-and-act-mode");
    // One dialog follows the other, so there is no moment without one.
    await bench.page
      .locator(".monaco-dialog-box")
      .getByRole("button", { name: "Act for 30 Minutes", exact: true })
      .click();
    await bench.page.locator(".monaco-dialog-box").getByText("Isolate and kill on").waitFor();
    const question = await bench.dialog();
    assert.match(question.message, /Isolate and kill on web-3 \(production\)/);
    assert.equal(question.focused, "Cancel");
    await bench.screenshotInThemes("confirm-isolate");
    assert.match(question.detail, /Cannot be undone/);
    await bench.clickDialog("Isolate and Kill");
    assert.match(await bench.question(), /web-3/);
    await bench.screenshot("type-the-name");
    await bench.answer("web-3");
    await bench.notification(/Done on web-3/).waitFor({ timeout: 60_000 });
    await bench.screenshot("isolated-result");
    assert.equal((await host.exec(`test -e /proc/${pid}`)).code, 1, "the miner is gone");
    assert.equal((await host.exec(`test -e ${path}`)).code, 1, "its file is gone from its place");
  });

  it("lists the isolated file, and restores it as it was", async () => {
    const bench = workbench();
    await bench.closeNotifications();
    await bench.openView("Isolated Files");
    const name = path.slice(path.lastIndexOf("/") + 1);
    await bench.row("Isolated Files", name).waitFor();
    await bench.screenshotInThemes("isolated-files");
    await bench.contextMenu("Isolated Files", name, "Restore…");
    await bench.clickDialog("Restore");
    await bench.answer("web-3");
    await bench.notification(/Done on web-3/).waitFor({ timeout: 60_000 });
    await bench.screenshot("restored");
    assert.equal(await host.mustExec(`sha256sum ${path}; stat -c '%a %u:%g %Y' ${path}`), hash);
    const running = await host.exec("readlink /proc/[0-9]*/exe");
    assert.equal(running.stdout.split("\n").includes(path), false, "restoring starts nothing");
  });

  it("shows the journal of what was done", async () => {
    const bench = workbench();
    await bench.runCommand("Countermine: Show Journal");
    await bench.page.locator(".tabs-container .tab").filter({ hasText: "Journal" }).waitFor();
    assert.match(await bench.editorText(), /quarantine/);
    await bench.screenshot("journal");
  });

  it("reads what starts by itself, takes a snapshot, and shows a change as a diff", async () => {
    const bench = workbench();
    await bench.runCommand("Countermine: Take Auto-start Snapshot");
    await bench.openView("Autostart History");
    await bench.row("Autostart History", /Changes/).waitFor({ timeout: 60_000 });
    await host.writeFile("/etc/cron.d/update-check", "* * * * * root /tmp/.cache/kworkerds\n", 0o644);
    await bench.runCommand("Countermine: Read Auto-start Items");
    const change = bench.row("Autostart History", /added/);
    await change.waitFor({ timeout: 60_000 });
    await bench.screenshotInThemes("autostart-history");
    await change.click();
    await bench.page.locator(".monaco-diff-editor").waitFor();
    await bench.screenshot("autostart-change");
  });
});
