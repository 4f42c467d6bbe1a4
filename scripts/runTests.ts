import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gates, mochaSuites } from "./testSuites.ts";

/**
 * Runs every gate and every suite, prints what failed, and ends with the plain line
 * `N passed, N failed, N skipped`. Exit code 1 when anything failed, or, under CI, when
 * a suite that can run there was skipped.
 *
 * `npm test -- NAME…` runs the named gates and suites only.
 */
const wanted = process.argv.slice(2);
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
const totals = { passed: 0, failed: 0, skipped: 0 };
const reports = join("test-results", "mocha");
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

for (const gate of gates.filter((gate) => isWanted(gate.name))) {
  const startedAt = Date.now();
  const [command = "", ...parameters] = gate.argv;
  const run = spawnSync(command, parameters, { encoding: "utf8", maxBuffer: 64 << 20 });
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  const passed = run.status === 0;
  totals[passed ? "passed" : "failed"] += 1;
  console.log(`${passed ? "ok  " : "FAIL"} gate ${gate.name} (${seconds} s)`);
  if (!passed) console.log(`${run.stdout ?? ""}${run.stderr ?? ""}${run.error?.message ?? ""}`);
}

for (const suite of mochaSuites.filter((suite) => isWanted(suite.name))) {
  const report = join(reports, `${suite.name}.json`);
  const startedAt = Date.now();
  const run = spawnSync(
    process.execPath,
    [
      "node_modules/mocha/bin/mocha.js",
      // A test that leaks is found by the tests about leaks (G5); it must not hold up the whole run.
      "--exit",
      "--reporter",
      "test/reporter.cjs",
      "--reporter-option",
      `output=${report}`,
      ...suite.argv,
    ],
    { stdio: "inherit", env: { ...process.env, ...suite.env }, timeout: suite.timeoutMinutes * 60_000 },
  );
  const counts = readCounts(report);
  totals.passed += counts?.passed ?? 0;
  totals.failed += counts?.failed ?? 0;
  totals.skipped += counts?.skipped ?? 0;
  if (counts === undefined || (run.status !== 0 && counts.failed === 0)) {
    totals.failed += 1;
    console.log(`FAIL suite ${suite.name} ended without a report (exit ${run.status ?? run.signal ?? "unknown"}).`);
  }
  if (process.env["CI"] !== undefined && (counts?.skipped ?? 0) > 0) {
    totals.failed += 1;
    console.log(`FAIL suite ${suite.name} skipped ${counts?.skipped} tests; under CI a skip is a failure.`);
  }
  console.log(`     suite ${suite.name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
}

console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);

function readCounts(report: string): { passed: number; failed: number; skipped: number } | undefined {
  try {
    return JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return undefined;
  }
}
