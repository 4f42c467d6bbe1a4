import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { streamChannel } from "#protocol/streamChannel";
import { makeHandlers } from "./service/handlers.ts";
import { HelperService } from "./service/helperService.ts";

/** Starts the helper: `serve --nonce N --state-dir DIR [--transient]`; frames on stdout, the log on stderr. */
function main(argv: readonly string[]): void {
  const option = (name: string): string | undefined => {
    const at = argv.indexOf(name);
    return at < 0 ? undefined : argv[at + 1];
  };
  const nonce = option("--nonce");
  const stateFolder = option("--state-dir");
  if (argv[0] !== "serve" || nonce === undefined || !/^[0-9a-f]{16,64}$/.test(nonce) || stateFolder === undefined) {
    process.stderr.write(
      "This program is started by Countermine. Usage: serve --nonce HEX --state-dir DIR [--transient]\n",
    );
    process.exit(2);
  }
  const bundle = process.argv[1] ?? "";
  const log = (line: string): void => void process.stderr.write(`${line.replaceAll("\n", " ")}\n`);
  const handlers = makeHandlers({
    stateFolder,
    build: createHash("sha256").update(readFileSync(bundle)).digest("hex"),
    stagedFolder: dirname(bundle),
    isTransient: argv.includes("--transient"),
    log,
  });
  process.stdout.write(`${nonce} ready\n`);
  const service = new HelperService(streamChannel(process.stdin, process.stdout), handlers, { log });
  // A write to a closed pipe is the end of the session, not a crash.
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
  void service.ended.then((reason) => {
    log(`session ended: ${reason}`);
    // What is running has been told to stop; a step in the middle of a change gets the time to finish it.
    setTimeout(() => process.exit(0), 5000).unref();
    process.stdin.destroy();
  });
}

main(process.argv.slice(2));
