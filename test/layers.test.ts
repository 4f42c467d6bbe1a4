import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The canary: plants one forbidden import per row of the layer table and expects the
 * gate (lint or types) to refuse it. Without it, a broken lint configuration would look
 * like a clean tree.
 */
const planted: readonly (readonly [folder: string, statement: string])[] = [
  ["core", 'import "vscode";'],
  ["core", 'import { readFileSync } from "node:fs"; readFileSync("x");'],
  ["core", 'export * from "node:fs";'],
  ["core", 'import { shellQuote } from "#remote/shellQuote"; shellQuote("x");'],
  ["core", 'import { shellQuote } from "../remote/shellQuote.ts"; shellQuote("x");'],
  ["core", "export const now = Date.now();"],
  ["protocol", 'import "node:fs";'],
  ["protocol", 'import { placeholder } from "#helper/main"; String(placeholder);'],
  ["helper", 'import "vscode";'],
  ["helper", 'import { Client } from "ssh2"; new Client();'],
  ["helper", 'import { shellQuote } from "#remote/shellQuote"; shellQuote("x");'],
  ["helper", 'import { shellQuote } from "../remote/shellQuote.ts"; shellQuote("x");'],
  ["remote", 'import "vscode";'],
  ["remote", 'import { placeholder } from "#helper/main"; String(placeholder);'],
  ["server", 'import "vscode";'],
  ["server", 'import { protocolVersion } from "#protocol/version"; String(protocolVersion);'],
  ["extension", 'import { Client } from "ssh2"; new Client();'],
  ["extension", 'import { placeholder } from "#helper/main"; String(placeholder);'],
  ["cli", 'import "vscode";'],
  ["cli", 'import { placeholder } from "#extension/main"; String(placeholder);'],
  ["remote", "export function late() { Promise.resolve().then(() => 1); }"],
];

describe("layer gate", function () {
  this.timeout(60_000);
  const lintPath = "node_modules/.bin/oxlint";

  for (const [index, [folder, statement]] of planted.entries()) {
    it(`refuses in ${folder}/: ${statement}`, () => {
      const file = join(folder, `canary${index}.ts`);
      writeFileSync(file, `${statement}\nexport const canary = 1;\n`);
      try {
        const lint = spawnSync(lintPath, ["--type-aware", "--deny-warnings", file], { encoding: "utf8" });
        assert.notEqual(lint.status, 0, `nothing refused it:\n${lint.stdout}`);
        assert.match(lint.stdout, /no-restricted-|no-floating-promises/);
      } finally {
        rmSync(file);
      }
    });
  }
});
