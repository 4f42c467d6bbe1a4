import { parseArgs } from "node:util";
import { OpsError } from "#core/opsError";

/** A command line, taken apart. */
export interface Arguments {
  readonly command: string;
  readonly words: readonly string[];
  readonly options: Options;
}

export interface Options {
  readonly host: string;
  readonly format: "text" | "json";
  readonly mode: "sensitive" | "balanced" | "conservative";
  readonly stateFolder?: string;
  readonly isQuiet: boolean;
  readonly wantsHelp: boolean;
  readonly isDryRun: boolean;
  readonly isAgreed: boolean;
  readonly withoutRoot: boolean;
  readonly alarms: readonly string[];
  readonly pids: readonly number[];
  readonly files: readonly string[];
  readonly to?: string;
  readonly baseline?: string;
  readonly root?: string;
  readonly sshConfig?: string;
  readonly acceptHostKey?: string;
  readonly watchSeconds?: number;
  readonly allowlist?: string;
}

/** @throws OpsError `badInput` */
export function readArguments(argv: readonly string[]): Arguments {
  const parsed = parse(argv);
  const { values, positionals } = parsed;
  const [command = "", ...words] = positionals;
  return {
    command,
    words,
    options: {
      host: values.host,
      format: oneOf("--format", values.format, ["text", "json"] as const),
      mode: oneOf("--mode", values.mode, ["sensitive", "balanced", "conservative"] as const),
      isQuiet: values.quiet,
      wantsHelp: values.help,
      isDryRun: values["dry-run"],
      isAgreed: values.yes,
      withoutRoot: values["without-root"],
      alarms: values.alarm,
      pids: values.pid.map((pid) => wholeNumber("--pid", pid, 4_194_304)),
      files: values.file,
      ...(values["state-dir"] === undefined ? {} : { stateFolder: values["state-dir"] }),
      ...(values.to === undefined ? {} : { to: values.to }),
      ...(values.baseline === undefined ? {} : { baseline: values.baseline }),
      ...(values.root === undefined ? {} : { root: values.root }),
      ...(values["ssh-config"] === undefined ? {} : { sshConfig: values["ssh-config"] }),
      ...(values["accept-host-key"] === undefined ? {} : { acceptHostKey: values["accept-host-key"] }),
      ...(values.watch === undefined ? {} : { watchSeconds: wholeNumber("--watch", values.watch, 3600) }),
      ...(values.allowlist === undefined ? {} : { allowlist: values.allowlist }),
    },
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        host: { type: "string", default: "local" },
        format: { type: "string", default: "text" },
        mode: { type: "string", default: "balanced" },
        "state-dir": { type: "string" },
        quiet: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        "dry-run": { type: "boolean", default: false },
        yes: { type: "boolean", default: false },
        "without-root": { type: "boolean", default: false },
        alarm: { type: "string", multiple: true, default: [] },
        pid: { type: "string", multiple: true, default: [] },
        file: { type: "string", multiple: true, default: [] },
        to: { type: "string" },
        baseline: { type: "string" },
        root: { type: "string" },
        "ssh-config": { type: "string" },
        "accept-host-key": { type: "string" },
        watch: { type: "string" },
        allowlist: { type: "string" },
      },
    });
  } catch (error) {
    throw new OpsError("badInput", `${error instanceof Error ? error.message : String(error)} Nothing was done.`, {
      nextStep: "Run `countermine --help`.",
    });
  }
}

function oneOf<const Word extends string>(option: string, value: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new OpsError(
    "badInput",
    `${option} takes ${words.join(", ")}; not ${JSON.stringify(value.slice(0, 60))}. Nothing was done.`,
    {
      nextStep: "Run `countermine --help`.",
    },
  );
}

function wholeNumber(option: string, value: string, most: number): number {
  const number = Number(value);
  if (/^\d{1,10}$/.test(value) && number >= 0 && number <= most) return number;
  throw new OpsError(
    "badInput",
    `${option} takes a whole number up to ${most}; not ${JSON.stringify(value.slice(0, 60))}. Nothing was done.`,
    {
      nextStep: "Run `countermine --help`.",
    },
  );
}
