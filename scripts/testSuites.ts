interface Gate {
  readonly name: string;
  readonly argv: readonly string[];
}

interface MochaSuite {
  readonly name: string;
  /** Arguments for mocha: globs and options. */
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMinutes: number;
}

const bin = (name: string): string => `node_modules/.bin/${name}`;

export const gates: readonly Gate[] = [
  { name: "types", argv: [bin("tsc"), "-b"] },
  { name: "lint", argv: [bin("oxlint"), "--type-aware", "--deny-warnings"] },
  { name: "format", argv: [bin("oxfmt"), "--check"] },
  { name: "generated", argv: [process.execPath, "--import", "tsx", "scripts/generate.ts", "--check"] },
  { name: "unused", argv: [bin("knip"), "--no-progress"] },
];

export const mochaSuites: readonly MochaSuite[] = [
  {
    name: "unit",
    argv: ["{core,protocol,helper,remote,server,extension,cli,scripts}/**/*.test.ts", "test/*.test.ts"],
    timeoutMinutes: 5,
  },
  { name: "integration", argv: ["test/integration/**/*.test.ts"], timeoutMinutes: 5 },
  { name: "reliability", argv: ["test/reliability/**/*.test.ts"], timeoutMinutes: 6 },
  { name: "hosts", argv: ["test/hosts/**/*.test.ts"], timeoutMinutes: 20 },
  { name: "editor", argv: ["test/editor/extensionHost.test.ts", "test/editor/rig/*.test.ts"], timeoutMinutes: 20 },
  { name: "runtime", argv: ["test/runtime/**/*.test.ts"], timeoutMinutes: 15 },
  { name: "ui", argv: ["test/editor/ui/**/*.test.ts"], timeoutMinutes: 20 },
];
