const { createHash } = require("node:crypto");
const { existsSync, lstatSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { spawnSync } = require("node:child_process");

const root = join(__dirname, "..");
const stamp = join(root, "node_modules", ".countermine-lock");

/** Brings node_modules to what the lock file says; does nothing the second time. */
function installDependencies() {
  const [major] = process.versions.node.split(".").map(Number);
  if (major < 20) {
    console.error(`Countermine needs Node 20 or newer; this is ${process.versions.node}.`);
    process.exit(1);
  }
  // A linked folder belongs to another checkout: npm would empty it under that one's feet.
  const folder = lstatSync(join(root, "node_modules"), { throwIfNoEntry: false });
  if (folder?.isSymbolicLink()) return;
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.log("Installing npm packages (once)...");
  const npm = spawnSync("npm", ["ci", "--no-fund", "--no-audit"], { cwd: root, stdio: "inherit" });
  if (npm.status !== 0) {
    console.error(
      "npm ci failed. Nothing else was changed. Check the registry that npm is set up for, then run this again.",
    );
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}

module.exports = { installDependencies };
