// `npm test`: installs what is missing, then hands over to the typed runner.
// Plain CommonJS on purpose: it must start on a machine that has Node and npm and nothing else.
const { spawnSync } = require("node:child_process");
const { installDependencies } = require("./installDependencies.cjs");

installDependencies();
const run = spawnSync(process.execPath, ["--import", "tsx", "scripts/runTests.ts", ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exit(run.status ?? 1);
