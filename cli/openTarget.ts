import { hostname, homedir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { stdin, stderr } from "node:process";
import { createInterface } from "node:readline";
import { OpsError } from "#core/opsError";
import type { AuthPrompts } from "#remote/auth/authPrompts";
import { currentEnvironment } from "#remote/config/resolveEnvironment";
import type { HostKeyTrust } from "#remote/hostKeys/hostKeyTrust";
import { TrustStore } from "#remote/hostKeys/trustStore";
import { openHost, type OpenedHost } from "#remote/openHost";
import { readArtifacts } from "#remote/staging/artifacts";
import type { Options } from "./arguments.ts";

/** Opens the host that the options name, asking on the terminal where there is one. */
export async function openTarget(options: Options, signal: AbortSignal): Promise<OpenedHost> {
  const say = (line: string): void => {
    if (!options.isQuiet) stderr.write(`${line}\n`);
  };
  return openHost(options.host, {
    artifacts: readArtifacts(dirname(process.argv[1] ?? "")),
    operator: `${userInfo().username}@${hostname()}`,
    environment: currentEnvironment(options.sshConfig === undefined ? {} : { configFile: options.sshConfig }),
    prompts: terminalPrompts(),
    trust: trust(options, say),
    sudoPassword: () => askHidden(`sudo password for ${options.host}: `),
    withoutRoot: options.withoutRoot,
    signal,
    onPhase: say,
    log: (line) => {
      if (process.env["COUNTERMINE_DEBUG"] !== undefined) stderr.write(`helper: ${line}\n`);
    },
    ...(options.stateFolder === undefined ? {} : { stateFolder: options.stateFolder }),
  });
}

/** An unknown key is never accepted silently: its fingerprint has to be given on the command line. */
function trust(options: Options, say: (line: string) => void): HostKeyTrust {
  const folder = process.env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config");
  return {
    store: new TrustStore(join(folder, "countermine", "trusted-host-keys.json"), say),
    confirmHostKey: (question) => {
      if (options.acceptHostKey === question.fingerprint) return Promise.resolve("remember");
      stderr.write(
        `The host key of ${question.where} is not known: ${question.keyType} ${question.fingerprint}\n` +
          `If that is what the host's console shows, add: --accept-host-key ${question.fingerprint}\n`,
      );
      return Promise.resolve("refuse");
    },
  };
}

function terminalPrompts(): AuthPrompts {
  return {
    askPassphrase: ({ keyPath }) => askHidden(`Passphrase of ${keyPath}: `),
    askPassword: ({ user, host, attempt }) =>
      askHidden(`${attempt > 1 ? "Not accepted. " : ""}Password of ${user}@${host}: `),
    askKeyboardInteractive: async ({ host, serverPrompts }) => {
      const answers: string[] = [];
      for (const { text } of serverPrompts) {
        const answer = await askHidden(`${host} asks: ${text} `);
        if (answer === undefined) return undefined;
        answers.push(answer.toString("utf8"));
      }
      return answers;
    },
  };
}

/** Reads one line without showing it. Without a terminal there is nobody to ask. */
async function askHidden(prompt: string): Promise<Buffer | undefined> {
  if (!stdin.isTTY) {
    throw new OpsError(
      "authFailed",
      `A secret is needed (${prompt.trim()}) and there is no terminal to ask on. Nothing was changed.`,
      {
        nextStep: "Use a key in an agent and sudo without a password, or run this in a terminal.",
      },
    );
  }
  stderr.write(prompt);
  const lines = createInterface({ input: stdin, terminal: true });
  // The terminal interface would echo every key to its output; without an output it can't.
  return new Promise((resolve) => {
    lines.once("line", (line) => {
      lines.close();
      stderr.write("\n");
      resolve(Buffer.from(line, "utf8"));
    });
    lines.once("SIGINT", () => {
      lines.close();
      resolve(undefined);
    });
  });
}
