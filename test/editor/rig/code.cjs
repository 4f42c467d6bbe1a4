#!/usr/bin/env node
// The executable that @vscode/test-electron starts in place of the desktop editor.
require("tsx/cjs");
const { runCodeShim } = require("./codeShim.ts");

runCodeShim(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(70);
  },
);
