import { showText } from "#core/text/showBytes";
import type { Account, AuthPrompts } from "#remote/auth/authPrompts";
import { noticeText } from "../dialogs/shownText.ts";
import type { AttemptSecrets } from "./attemptSecrets.ts";

export interface InputQuestion {
  readonly title: string;
  readonly prompt: string;
  readonly isSecret: boolean;
}

/** Asks the operator for one line; undefined when that was cancelled. */
export type Ask = (question: InputQuestion, signal: AbortSignal) => Promise<string | undefined>;

/** Questions of one connection attempt, each in our own frame and naming who asks. */
export function authPrompts(secrets: AttemptSecrets, ask: Ask): AuthPrompts {
  return {
    askPassphrase: async (question, signal) => {
      const key = `key:${question.keyPath}`;
      if (question.attempt === 1) {
        const known = await secrets.known(key);
        if (known) return known;
      } else await secrets.refused(key);
      return askSecret(secrets, ask, signal, key, {
        title: `Passphrase for ${accountWords(question)}`,
        prompt: `${question.attempt > 1 ? "That did not open it. " : ""}Passphrase of the private key ${showText(question.keyPath, 200)}. An empty one passes over this key.`,
      });
    },
    askPassword: async (question, signal) => {
      const key = accountKey(question);
      await reached(secrets, key);
      // Asking means that the remembered one, or the one typed before, was refused.
      await secrets.refused(key);
      return askSecret(secrets, ask, signal, key, {
        title: `Password for ${accountWords(question)}`,
        prompt:
          question.attempt > 1 ? "The host did not accept it. Type the password again." : "Password of the account",
      });
    },
    askKeyboardInteractive: async (question, signal) => {
      await reached(secrets, accountKey(question));
      const answers: string[] = [];
      for (const { text, isEchoed } of question.serverPrompts) {
        const said = [question.serverName, question.serverInstruction, text].filter((part) => part !== "").join(" · ");
        const answer = await ask(
          {
            title: `Login to ${accountWords(question)}: the server asks`,
            // The prompt of an input box may hold links that run commands, and these words are the server's.
            prompt: `The server says: “${noticeText(said)}”`,
            isSecret: !isEchoed,
          },
          signal,
        );
        if (answer === undefined) return undefined;
        answers.push(answer);
      }
      return answers;
    },
    storedPassword: async (account) => {
      await reached(secrets, accountKey(account));
      return secrets.known(accountKey(account));
    },
  };
}

/** The sudo password of an account: asked for once per window, unless sudo refused it. */
export async function askSudoPassword(
  secrets: AttemptSecrets,
  ask: Ask,
  address: string,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  await secrets.accepted((key) => !key.startsWith("sudo:"));
  const key = `sudo:${address}`;
  const known = await secrets.known(key);
  if (known) return known;
  return askSecret(secrets, ask, signal, key, {
    title: `sudo password for ${showText(address, 120)} (Escape: go on without root)`,
    prompt:
      "It is sent through the encrypted connection only, after sudo itself has asked. If the login account of the host is in other hands, it can be stolen there: a key and NOPASSWD for one command is safer.",
  });
}

/** Who is asked for one account has got past all others: the jump hosts before it. */
async function reached(secrets: AttemptSecrets, key: string): Promise<void> {
  await secrets.accepted((other) => other.startsWith("ssh:") && other !== key);
}

async function askSecret(
  secrets: AttemptSecrets,
  ask: Ask,
  signal: AbortSignal,
  key: string,
  question: { readonly title: string; readonly prompt: string },
): Promise<Buffer | undefined> {
  const answer = await ask({ ...question, isSecret: true }, signal);
  if (answer === undefined) return undefined;
  // An empty answer is a choice for now, not a secret: kept, it would pass over a key for good.
  if (answer !== "") secrets.typed(key, answer);
  return Buffer.from(answer, "utf8");
}

function accountWords(account: Account): string {
  const port = account.port === 22 ? "" : `:${account.port}`;
  return `${showText(account.user, 60)}@${showText(account.host, 120)}${port}`;
}

function accountKey(account: Account): string {
  return `ssh:${account.user}@${account.host}:${account.port}`;
}
