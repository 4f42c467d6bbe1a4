import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A test whose title starts with the ids of what it guards against. */
export interface FaultTest {
  readonly ids: readonly string[];
  /** Relative to the project's root. */
  readonly file: string;
  /** Without the ids; what is filled in at run time is shown as an ellipsis. */
  readonly title: string;
}

const folders = ["cli", "core", "extension", "helper", "protocol", "remote", "server", "test"];

/** Every test whose title starts with fault ids, sorted by file. */
export function readFaultTests(root: string): readonly FaultTest[] {
  return testFiles(root).flatMap(({ path, source }) => faultTestsIn(path, source));
}

/** Every test file of the source folders, by its path relative to the root, sorted. */
export function testFiles(root: string): readonly { readonly path: string; readonly source: string }[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".test.ts"))
        .map((name) => `${folder}/${name}`),
    )
    .sort()
    .map((path) => ({ path, source: readFileSync(join(root, path), "utf8") }));
}

/**
 * Titles are read from the text and not from mocha, because some suites have other titles
 * on a machine that lacks something. A title may stand in it(), in describe(), or in a
 * table of cases: any string literal that starts with ids and goes on in lower case or
 * with a placeholder counts.
 */
export function faultTestsIn(file: string, source: string): readonly FaultTest[] {
  const tests: FaultTest[] = [];
  for (const [, , text = ""] of source.matchAll(/(["`])((?:[A-G][1-9]\d? )+(?:(?!\1)[^\n\\])*)\1/g)) {
    const [, ids = "", title = ""] = /^((?:[A-G][1-9]\d? )+)(.*)$/.exec(text) ?? [];
    if (!/^[a-z0-9/.$"'@]/.test(title)) continue;
    tests.push({ ids: ids.trim().split(" "), file, title: title.replaceAll(/\$\{[^}]*\}/g, "…") });
  }
  return tests;
}
