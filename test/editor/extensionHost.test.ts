import { runTests } from "@vscode/test-electron";
import assert from "node:assert/strict";
import { build } from "esbuild";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Mocha from "mocha";
import { buildDistribution } from "#scripts/packageExtension";
import type { InnerReport, InnerTest } from "#test/editor/innerReport";
import { installEditor } from "#test/editor/rig/installEditor";

const root = join(__dirname, "../..");

/**
 * Runs the tests of extensionHost/ inside the real extension host, then hands each of them
 * on as a test of this run: counts are honest and a failure carries its own name.
 *
 * On Linux the editor rig stands in for the desktop editor. Elsewhere, or with
 * COUNTERMINE_EDITOR=desktop, `@vscode/test-electron` downloads VS Code as usual.
 */
describe("extension host", function () {
  this.timeout(15 * 60_000);
  let report: InnerReport | undefined;

  it("runs the tests to their end", async function () {
    const usesDesktop = process.platform !== "linux" || process.env["COUNTERMINE_EDITOR"] === "desktop";
    const editor = usesDesktop ? undefined : installEditor();
    if (editor?.kind === "unavailable") {
      console.log(`  the extension host can't run here: ${editor.reason}`);
      this.skip();
    }
    await buildDistribution(root);
    const tests = await bundleTests();
    const folder = mkdtempSync(join(tmpdir(), "countermine-extension-host-"));
    try {
      const reportFile = join(folder, "report.json");
      mkdirSync(join(folder, "workspace"));
      await runTests({
        ...(usesDesktop ? {} : { vscodeExecutablePath: join(__dirname, "rig/code.cjs") }),
        extensionDevelopmentPath: root,
        extensionTestsPath: join(tests, "index.js"),
        extensionTestsEnv: { COUNTERMINE_EDITOR_REPORT: reportFile },
        launchArgs: [join(folder, "workspace")],
      });
      report = JSON.parse(readFileSync(reportFile, "utf8")) as InnerReport;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    assert.ok(report.tests.length > 0, "no test ran in the extension host");
    for (const test of report.tests) inner.addTest(outerTest(test));
  });
});

// Stands after the suite above, whose only test fills it.
const inner = describe("in the extension host", () => undefined);

function outerTest(test: InnerTest): Mocha.Test {
  switch (test.state) {
    case "passed":
      return new Mocha.Test(test.title, () => undefined);
    case "skipped":
      return new Mocha.Test(test.title);
    case "failed":
      return new Mocha.Test(test.title, () => {
        const error = new Error(test.message);
        error.stack = test.stack;
        throw error;
      });
  }
}

async function bundleTests(): Promise<string> {
  const output = join(root, "out/editor-tests");
  rmSync(output, { recursive: true, force: true });
  const folder = join(__dirname, "extensionHost");
  const tests = readdirSync(folder).filter((file) => file.endsWith(".test.ts"));
  await build({
    absWorkingDir: root,
    entryPoints: ["index.ts", ...tests].map((file) => join(folder, file)),
    outdir: output,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["vscode", "mocha"],
    sourcemap: "inline",
    logLevel: "warning",
  });
  return output;
}
