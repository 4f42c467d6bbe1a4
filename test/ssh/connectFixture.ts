import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuthPrompts } from "#remote/auth/authPrompts";
import type { ResolvedHop, ResolvedHost } from "#remote/config/resolvedHost";
import type { HostKeyQuestion, HostKeyTrust } from "#remote/hostKeys/hostKeyTrust";
import { TrustStore } from "#remote/hostKeys/trustStore";

/** Prompts that nobody answers: a test that reaches one fails. */
export const noPrompts: AuthPrompts = {
  askPassphrase: () => Promise.reject(new Error("Asked for a passphrase.")),
  askPassword: () => Promise.reject(new Error("Asked for a password.")),
  askKeyboardInteractive: () => Promise.reject(new Error("Asked a question of the server.")),
};

/** A folder for one test file, and what lives in it. */
export class ClientFolder {
  readonly path = mkdtempSync(join(tmpdir(), "ssh-client-"));

  file(name: string): string {
    return join(this.path, name);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Trust with a store of its own, an answer to every question, and a record of them. */
export function trustThat(
  answer: "remember" | "once" | "refuse" | ((question: HostKeyQuestion) => Promise<"remember" | "once" | "refuse">),
  storePath: string,
): HostKeyTrust & { readonly questions: HostKeyQuestion[] } {
  const questions: HostKeyQuestion[] = [];
  return {
    store: new TrustStore(storePath),
    questions,
    async confirmHostKey(question) {
      questions.push(question);
      return typeof answer === "string" ? answer : answer(question);
    },
  };
}

/** A hop on loopback that uses nothing of this machine's own configuration. */
export function loopbackHop(
  port: number,
  changes: Partial<ResolvedHop> & { readonly identityFiles?: readonly string[] } = {},
): ResolvedHop {
  return {
    alias: "target",
    hostName: "127.0.0.1",
    port,
    user: "root",
    identityFiles: [],
    identitiesAreChosen: true,
    identitiesOnly: true,
    knownHostsFiles: [],
    revokedKeysFiles: [],
    authMethods: ["publickey", "keyboard-interactive", "password"],
    addressFamily: "any",
    notes: [],
    ...changes,
  };
}

export function directly(target: ResolvedHop): ResolvedHost {
  return { reference: target.alias, jumps: [], target };
}
