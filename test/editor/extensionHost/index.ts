import Mocha from "mocha";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InnerReport, InnerTest } from "#test/editor/innerReport";

/**
 * What the extension host calls: runs every bundled test beside this file and writes what
 * became of each one to the file that COUNTERMINE_EDITOR_REPORT names. Tests that fail are
 * reported there and are no failure of the run itself.
 */
export async function run(): Promise<void> {
  const reportFile = process.env["COUNTERMINE_EDITOR_REPORT"];
  if (reportFile === undefined) throw new Error("COUNTERMINE_EDITOR_REPORT is not set");
  const mocha = new Mocha({ ui: "bdd", color: false, timeout: 30_000, reporter: "spec" });
  for (const file of readdirSync(__dirname).sort()) {
    if (file.endsWith(".test.js")) mocha.addFile(join(__dirname, file));
  }
  const tests: InnerTest[] = [];
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    runner.on("pass", (test) => tests.push({ title: test.fullTitle(), state: "passed" }));
    runner.on("pending", (test) => tests.push({ title: test.fullTitle(), state: "skipped" }));
    // A failing hook arrives here as well, under its own title.
    runner.on("fail", (test, error: Error) => {
      tests.push({ title: test.fullTitle(), state: "failed", message: error.message, stack: error.stack ?? "" });
    });
  });
  const report: InnerReport = { tests };
  writeFileSync(reportFile, JSON.stringify(report));
}
