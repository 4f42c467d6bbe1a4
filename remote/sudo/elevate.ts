import { randomBytes } from "node:crypto";
import { OpsError } from "#core/opsError";
import { shellCommand } from "../shellQuote.ts";
import type { ExecChannel } from "../shell/shell.ts";
import type { Elevation, ElevationProblem } from "../staging/probe.ts";

/** A command line that runs a script as root (or as the account itself when root is out of reach). */
export interface ElevatedCommand {
  readonly command: string;
  /** Present when sudo will ask: the exact prompt to wait for on the error output. */
  readonly prompt?: string;
}

export function elevatedCommand(script: string, elevation: Elevation): ElevatedCommand {
  const shell = ["/bin/sh", "-c", script];
  switch (elevation.kind) {
    case "root":
    case "none":
      return { command: shellCommand(shell) };
    case "doas":
      return { command: shellCommand([elevation.path, "-n", ...shell]) };
    case "sudo": {
      if (!elevation.needsPassword) return { command: shellCommand([elevation.path, "-n", "--", ...shell]) };
      // A prompt that nobody can guess: neither an rc file nor a lecture can pass for it.
      const prompt = `countermine-${randomBytes(12).toString("hex")}:`;
      return { command: shellCommand([elevation.path, "-S", "-p", prompt, "--", ...shell]), prompt };
    }
  }
}

/**
 * Writes the password once, after sudo's own prompt was seen and never before: with
 * NOPASSWD or a cached ticket the line would be read by the command instead (F11), and
 * after a wrong one sudo would take the next bytes of the payload as further tries (F12).
 *
 * @returns a function to call when the command has started, and a promise that rejects
 * with `privilegeFailed` when sudo refuses
 */
export function answerPrompt(
  channel: ExecChannel,
  prompt: string,
  password: () => Promise<Buffer | undefined>,
): { readonly refused: Promise<never>; started(): void } {
  let seen = "";
  let prompts = 0;
  let hasStarted = false;
  const refused = new Promise<never>((_resolve, reject) => {
    channel.stderr.on("data", (chunk: Buffer) => {
      if (hasStarted) return;
      seen = (seen + chunk.toString("latin1")).slice(-65_536);
      const count = seen.split(prompt).length - 1;
      if (count <= prompts) return;
      prompts = count;
      if (prompts > 1) {
        channel.close();
        reject(wrongPassword());
        return;
      }
      password().then(
        (secret) => {
          if (secret === undefined) {
            channel.close();
            reject(new SudoDeclined());
            return;
          }
          channel.stdin.write(Buffer.concat([secret, Buffer.from("\n")]), () => secret.fill(0));
        },
        (error: unknown) => {
          channel.close();
          reject(error);
        },
      );
    });
  });
  refused.catch(() => undefined);
  return { refused, started: () => (hasStarted = true) };
}

/** The operator did not give the sudo password: the session can go on without root. */
export class SudoDeclined extends OpsError {
  constructor() {
    super("cancelled", "The sudo password was not given.");
  }
}

/** Words for each reason why the helper will run without root. */
export const elevationProblems: Readonly<Record<ElevationProblem, { readonly what: string; readonly mend: string }>> = {
  noSudo: {
    what: "neither sudo nor doas is installed and the account is not root",
    mend: "Connect as root, or install sudo and allow this account.",
  },
  declined: {
    what: "the sudo password was not given",
    mend: "Disconnect, connect again and type it.",
  },
  notAllowed: {
    what: "the account may not become root",
    mend: "Add the account to sudoers (visudo), for example: NAME ALL=(ALL) NOPASSWD: ALL.",
  },
  needsTty: {
    what: "sudo insists on a terminal (requiretty), which a machine protocol can't use safely",
    mend: "Add `Defaults:NAME !requiretty` with visudo, or connect as root.",
  },
  unclear: {
    what: "sudo did not say whether it would work",
    mend: "Run `sudo -n true` in a terminal on the host and mend what it says.",
  },
};

function wrongPassword(): OpsError {
  return new OpsError(
    "privilegeFailed",
    "sudo did not accept the password. It was tried once; nothing was changed on the host.",
    {
      nextStep: "Connect again and type the sudo password of the account.",
    },
  );
}
