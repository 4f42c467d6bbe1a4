import { execFile } from "node:child_process";
import { OpsError } from "#core/opsError";
import { showText } from "#core/text/showBytes";
import type { ConfigValues } from "./configValues.ts";
import type { HostReference } from "./hostReference.ts";
import type { ResolveEnvironment } from "./resolveEnvironment.ts";

/**
 * The effective configuration as the installed OpenSSH client computes it (`ssh -G`),
 * without connecting anywhere. The reference has passed the grammar, the argv is fixed,
 * and `--` ends the options.
 * @throws OpsError `badInput` when the configuration has an error, `timedOut` after 10 s
 */
export async function askSystemSsh(
  sshPath: string,
  reference: HostReference,
  environment: ResolveEnvironment,
): Promise<ConfigValues> {
  const argv = [
    ...(environment.configFile === undefined ? [] : ["-F", environment.configFile]),
    "-G",
    "-T",
    ...(reference.user === undefined ? [] : ["-l", reference.user]),
    ...(reference.port === undefined ? [] : ["-p", String(reference.port)]),
    "--",
    reference.host,
  ];
  const output = await run(sshPath, argv, environment);
  const values = new Map<string, string[]>();
  for (const line of output.split(/\r?\n/)) {
    const space = line.indexOf(" ");
    if (space <= 0) continue;
    const keyword = line.slice(0, space).toLowerCase();
    const list = values.get(keyword);
    if (list) list.push(line.slice(space + 1));
    else values.set(keyword, [line.slice(space + 1)]);
  }
  return values;
}

async function run(sshPath: string, argv: readonly string[], environment: ResolveEnvironment): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      sshPath,
      [...argv],
      {
        cwd: environment.home,
        env: { ...environment.variables, LC_ALL: "C" },
        timeout: 10_000,
        killSignal: "SIGKILL",
        maxBuffer: 256 << 10,
        windowsHide: true,
        ...(environment.signal === undefined ? {} : { signal: environment.signal }),
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(explain(error, stderr));
      },
    );
    child.stdin?.end();
  });
}

function explain(error: Error & { readonly killed?: boolean }, stderr: string): OpsError {
  if (error.name === "AbortError")
    return new OpsError("cancelled", "Reading the ssh configuration was cancelled.", { cause: error });
  if (error.killed === true)
    return new OpsError("timedOut", "Reading the ssh configuration took more than 10 s. Nothing was connected.", {
      nextStep: "Look for a slow `Match exec` or an Include on a network drive.",
      cause: error,
    });
  const said = showText(stderr.trim().split(/\r?\n/).slice(-2).join(" "), 300);
  return new OpsError("badInput", `ssh could not read its configuration: ${said === "" ? error.message : said}`, {
    nextStep: "Correct the ssh configuration; `ssh -G HOST` shows the same message.",
    cause: error,
  });
}
