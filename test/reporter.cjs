// Mocha's spec output, plus one JSON file with the counts that the runner adds up.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

class CountingReporter extends reporters.Dot {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures, pending } = runner.stats;
      writeFileSync(
        options.reporterOptions.output,
        JSON.stringify({ passed: passes, failed: failures, skipped: pending }),
      );
    });
    runner.on("pending", (test) => process.stdout.write(`\n  skipped: ${test.fullTitle()}\n`));
  }
}

module.exports = CountingReporter;
