/** One generator: what `scripts/generate.ts` finds in each file of this folder under the name `generator`. */
export interface Generator {
  /** The files as they should be; the formatter is applied afterwards. Reads the sources, writes nothing. */
  generate(root: string): Promise<readonly GeneratedFile[]>;
}

export interface GeneratedFile {
  /** Relative to the project's root. */
  readonly path: string;
  readonly content: string;
}
