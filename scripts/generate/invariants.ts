import { readFileSync } from "node:fs";
import { join } from "node:path";
import { faultRows } from "../faultRows.ts";
import { type FaultTest, readFaultTests, testFiles } from "../faultTitles.ts";
import type { GeneratedFile, Generator } from "./generator.ts";

interface Invariant {
  readonly rule: string;
  /** Ids of the fault table, or the start of a test's title. */
  readonly guards: readonly string[];
  /** What no test holds it to, in words. */
  readonly unguarded?: string;
}

const invariants: readonly Invariant[] = [
  { rule: "`core/` does no I/O; a check sees facts only; a planner returns data.", guards: ["refuses in "] },
  {
    rule: "Every outcome is found, clear, or could not look; an engine error is never a hit.",
    guards: ["G15", "B4", "C11", "is green only for a fresh all-clear"],
  },
  {
    rule: "A process is boot id, pid, start time and executable inode; a file is device, inode, size, time and hash.",
    guards: ["C1", "C8", "D2"],
  },
  {
    rule: "Every change is a plan with preconditions and undo, journalled before it happens, recoverable after a crash.",
    guards: ["a plan that was changed after it was made is refused", "D5"],
  },
  { rule: "Never-touch lists are enforced in the helper, by identity and not by name.", guards: ["C3", "D15"] },
  { rule: "What a host says is hostile data: validated, bounded, shown escaped.", guards: ["F1", "F2", "F3"] },
  {
    rule: "The server's key is verified before anything is sent; root never runs what another account could have written.",
    guards: ["A1", "B5", "B13"],
  },
  {
    rule: "No network but the SSH sessions that were asked for.",
    guards: [],
    unguarded: "all of it; `test/bundles.test.ts` only bounds which packages could make a connection",
  },
  { rule: "Secrets live in memory, an agent or the editor's secret storage only.", guards: ["A16", "B1", "G3"] },
  {
    rule: "Bytes stay bytes: paths are Buffers in the helper, and base64 on the wire where they are not UTF-8.",
    guards: ["D11"],
  },
];

const page = "docs/architecture.md";
const begin = "<!-- invariants: from scripts/generate/invariants.ts by `npm run generate` -->";
const end = "<!-- end of invariants -->";

/** The list of invariants inside `docs/architecture.md`, each with the test files that guard it as of now. */
export const generator: Generator = {
  async generate(root) {
    return [fillIn(readFileSync(join(root, page), "utf8"), root)];
  },
};

function fillIn(text: string, root: string): GeneratedFile {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${page} lacks the marks of its invariants.`);
  const faults = readFaultTests(root);
  const list = invariants.map((invariant, index) => `${index + 1}. ${describe(invariant, faults, root)}`).join("\n");
  return { path: page, content: `${text.slice(0, from)}${begin}\n\n${list}\n\n${text.slice(to)}` };
}

function describe({ rule, guards, unguarded }: Invariant, faults: readonly FaultTest[], root: string): string {
  const found: string[] = [];
  const missing = unguarded === undefined ? [] : [unguarded];
  for (const guard of guards) {
    const row = faultRows[guard];
    const files =
      row === undefined
        ? filesWith(guard, root)
        : faults.filter(({ ids }) => ids.includes(guard)).map(({ file }) => file);
    const words =
      row === undefined
        ? `"${guard.trim()} …"`
        : `${guard}, ${row.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase())}`;
    if (files.length === 0) missing.push(words);
    else found.push(`${[...new Set(files)].map((file) => `\`${file}\``).join(" ")} (${words})`);
  }
  const parts = [
    ...(found.length > 0 ? [`Guarded by ${found.join("; ")}.`] : []),
    ...(missing.length > 0 ? [`Not guarded yet: ${missing.join("; ")}.`] : []),
  ];
  return `**${rule}** ${parts.join(" ")}`;
}

/** Files with a test whose title starts so. */
function filesWith(title: string, root: string): readonly string[] {
  return testFiles(root)
    .filter(({ source }) => source.includes(`it("${title}`) || source.includes(`it(\`${title}`))
    .map(({ path }) => path);
}
