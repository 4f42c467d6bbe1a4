import { OpsError } from "#core/opsError";
import { readArguments } from "./arguments.ts";
import { commands } from "./commands.ts";
import { helpFor, overviewHelp } from "./help.ts";
import { openTarget } from "./openTarget.ts";

/** Exit codes are a contract: 0 nothing to report, 1 findings, 2 usage or could not run, 3 partial. */
const couldNotRun = 2;

async function main(argv: readonly string[]): Promise<number> {
  const { command, words, options } = readArguments(argv);
  if (options.wantsHelp || command === "" || command === "help") {
    process.stdout.write(options.wantsHelp ? helpFor(command) : overviewHelp);
    return command === "" && !options.wantsHelp ? couldNotRun : 0;
  }
  const run = commands[command];
  if (!run) {
    throw new OpsError("badInput", `There is no command ${JSON.stringify(command.slice(0, 60))}. Nothing was done.`, {
      nextStep: "Run `countermine --help`.",
    });
  }
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  process.once("SIGTERM", () => controller.abort());
  const outcome = await run({
    words,
    options,
    signal: controller.signal,
    open: () => openTarget(options, controller.signal),
  });
  process.stdout.write(
    options.format === "json" ? `${JSON.stringify(outcome.document, undefined, 2)}\n` : `${outcome.text}\n`,
  );
  return outcome.exitCode;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    const nextStep = OpsError.is(error) && error.nextStep !== "" ? `\n${error.nextStep}` : "";
    process.stderr.write(`countermine: ${message}${nextStep}\n`);
    process.exitCode = couldNotRun;
  },
);
