import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unveil, veil } from "#core/knowledge/veiled";

/**
 * The veiled lists under core/knowledge/, for a person to read and to edit:
 *
 *   npm run knowledge -- show NAME          prints the list
 *   npm run knowledge -- set NAME < FILE    replaces it, one entry a line
 */
const folder = join(__dirname, "../core/knowledge");
const [verb = "", name = ""] = process.argv.slice(2);
const names = readdirSync(folder).filter((file) => file.endsWith("List.ts"));
const file = `${name}List.ts`;
const usage = `Usage: npm run knowledge -- show|set NAME, where NAME is one of ${names.map((file) => file.slice(0, -7)).join(", ")}.`;

if (verb === "show" && names.includes(file)) {
  const source = readFileSync(join(folder, file), "utf8");
  console.log(unveil([...source.matchAll(/^ {2}"([A-Za-z0-9+/=]+)",$/gm)].map(([, line]) => line).join("")));
} else if (verb === "set" && /^[a-z][A-Za-z]+$/.test(name)) {
  const entries = readFileSync(0, "latin1")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const lines = veil([...new Set(entries)].join("\n")).match(/.{1,100}/g) ?? [];
  const source = [
    "// Veiled, see veiled.ts. Read and edited with `npm run knowledge`.",
    `export const ${name}List: string = [`,
    ...lines.map((line) => `  "${line}",`),
    `].join("");`,
    "",
  ];
  writeFileSync(join(folder, file), source.join("\n"));
} else {
  console.error(usage);
  process.exit(2);
}
