// `npm start`: installs what is missing, then hands over to the typed program.
// Plain CommonJS on purpose: it must start on a machine that has Node and npm and nothing else.
const { spawn } = require("node:child_process");
const { installDependencies } = require("./installDependencies.cjs");

installDependencies();
const program = spawn(process.execPath, ["--import", "tsx", "scripts/start.ts", ...process.argv.slice(2)], {
  stdio: "inherit",
});
// Ctrl+C reaches both; the program cleans up, and this one waits for it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => program.kill("SIGTERM"));
program.on("exit", (code) => process.exit(code ?? 1));
