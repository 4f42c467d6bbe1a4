/** What one test inside the extension host came to. */
export type InnerTest =
  | { readonly title: string; readonly state: "passed" | "skipped" }
  | { readonly title: string; readonly state: "failed"; readonly message: string; readonly stack: string };

/** Written once, after the last test; a missing file means that the run did not reach its end. */
export interface InnerReport {
  readonly tests: readonly InnerTest[];
}
