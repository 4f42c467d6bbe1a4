import type { Prompt } from "ssh2";
import { showText } from "#core/text/showBytes";
import type { Account, ServerQuestion } from "./authPrompts.ts";

/** The server's request as a question that is safe to show. */
export function serverQuestion(
  account: Account,
  name: string,
  instruction: string,
  prompts: readonly Prompt[],
): ServerQuestion {
  return {
    ...account,
    serverName: showText(name, 200),
    serverInstruction: showText(instruction, 1000),
    serverPrompts: prompts.map((prompt) => ({ text: showText(prompt.prompt, 200), isEchoed: prompt.echo === true })),
  };
}

/**
 * Whether a stored password may answer a request without asking the operator: only the
 * first one of a connection, only when it is the single prompt, only when its answer is
 * not echoed and it asks for a password. A one-time code, or a second "password for root
 * at another host", must be seen by a person.
 * @param request counted from 1
 */
export function mayAnswerFromStore(request: number, prompts: readonly Prompt[]): boolean {
  const [prompt] = prompts;
  return request === 1 && prompts.length === 1 && prompt?.echo !== true && /password/i.test(prompt?.prompt ?? "");
}
