import * as vscode from "vscode";
import { showText } from "#core/text/showBytes";
import type { Account, AuthPrompts } from "#remote/auth/authPrompts";
import type { HostKeyQuestion } from "#remote/hostKeys/hostKeyTrust";
import type { SecretStore } from "./secretStore.ts";

function accountWords(account: Account): string {
  const port = account.port === 22 ? "" : `:${account.port}`;
  return `${showText(account.user, 60)}@${showText(account.host, 120)}${port}`;
}

function accountKey(account: Account): string {
  return `ssh:${account.user}@${account.host}:${account.port}`;
}

/** Questions of a connection attempt, each in our own frame and naming who asks. */
export function authPrompts(secrets: SecretStore): AuthPrompts {
  return {
    askPassphrase: async (question, signal) => {
      const key = `key:${question.keyPath}`;
      if (question.attempt === 1) {
        const known = await secrets.get(key);
        if (known) return known;
      }
      return askSecret(
        {
          title: `Passphrase for ${accountWords(question)}`,
          prompt: `${question.attempt > 1 ? "That did not open it. " : ""}Passphrase of the private key ${showText(question.keyPath, 200)}. An empty one passes over this key.`,
          key,
          secrets,
        },
        signal,
      );
    },
    askPassword: (question, signal) =>
      askSecret(
        {
          title: `Password for ${accountWords(question)}`,
          prompt:
            question.attempt > 1 ? "The host did not accept it. Type the password again." : "Password of the account",
          key: accountKey(question),
          secrets,
        },
        signal,
      ),
    askKeyboardInteractive: async (question, signal) => {
      const answers: string[] = [];
      for (const { text, isEchoed } of question.serverPrompts) {
        const said = [question.serverName, question.serverInstruction, text].filter((part) => part !== "").join(" · ");
        const answer = await ask(
          {
            title: `Login to ${accountWords(question)}: the server asks`,
            prompt: `The server says: “${said}”`,
            isSecret: !isEchoed,
          },
          signal,
        );
        if (answer === undefined) return undefined;
        answers.push(answer);
      }
      return answers;
    },
    storedPassword: (account) => secrets.get(accountKey(account)),
  };
}

/** The sudo password of an account; asked for once per window. */
export async function askSudoPassword(
  secrets: SecretStore,
  address: string,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  return askSecret(
    {
      title: `sudo password for ${showText(address, 120)} (Escape: go on without root)`,
      prompt:
        "It is sent through the encrypted connection only, after sudo itself has asked. If the login account of the host is in other hands, it can be stolen there: a key and NOPASSWD for one command is safer.",
      key: `sudo:${address}`,
      secrets,
    },
    signal,
  );
}

/**
 * Asks about a key that is not known. There is no button that makes this quick: the
 * fingerprint has to come from somewhere else than the network that may be lying.
 */
export async function confirmHostKey(question: HostKeyQuestion): Promise<"remember" | "once" | "refuse"> {
  const others = question.otherKnownKeys.map(
    ({ keyType, fingerprint, place }) => `known: ${keyType} ${fingerprint} (${place})`,
  );
  const chosen = await vscode.window.showWarningMessage(
    `The host key of ${showText(question.where, 200)} is not known.`,
    {
      modal: true,
      detail: [
        `${question.hostName}:${question.port} shows this ${question.keyType} key:`,
        question.fingerprint,
        ...(others.length > 0
          ? ["", "A key of another type is known for this host, which makes a new one suspicious:", ...others]
          : []),
        "",
        "Compare it with what the host's console or your provider shows. Nothing was sent to the host yet.",
      ].join("\n"),
    },
    { title: "Refuse" },
    { title: "Trust and Remember" },
    { title: "Trust Once" },
    { title: "Cancel", isCloseAffordance: true },
  );
  if (chosen?.title === "Trust and Remember") return "remember";
  return chosen?.title === "Trust Once" ? "once" : "refuse";
}

async function askSecret(
  question: { readonly title: string; readonly prompt: string; readonly key: string; readonly secrets: SecretStore },
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const answer = await ask({ title: question.title, prompt: question.prompt, isSecret: true }, signal);
  if (answer === undefined) return undefined;
  await question.secrets.remember(question.key, answer);
  return Buffer.from(answer, "utf8");
}

async function ask(
  question: { readonly title: string; readonly prompt: string; readonly isSecret: boolean },
  signal: AbortSignal,
): Promise<string | undefined> {
  const source = new vscode.CancellationTokenSource();
  const abort = (): void => source.cancel();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await vscode.window.showInputBox(
      { title: question.title, prompt: question.prompt, password: question.isSecret, ignoreFocusOut: true },
      source.token,
    );
  } finally {
    signal.removeEventListener("abort", abort);
    source.dispose();
  }
}
