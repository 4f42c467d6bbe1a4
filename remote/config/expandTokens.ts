import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import type { ResolveEnvironment } from "./resolveEnvironment.ts";

/** What the tokens of ssh_config stand for, see TOKENS in ssh_config(5). */
export interface TokenContext {
  readonly alias: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly hostKeyAlias?: string;
  readonly proxyJump?: string;
}

/**
 * An absolute path from one in a configuration: `%` tokens, `${VARIABLE}` and a leading `~`.
 * Undefined when it names a variable that is not set or a token that is not known; OpenSSH
 * refuses such a configuration, and a path that means something else would be worse.
 */
export function expandPath(path: string, context: TokenContext, environment: ResolveEnvironment): string | undefined {
  const expanded = expandVariables(path, environment);
  const named = expanded === undefined ? undefined : expandTokens(expanded, context, environment);
  if (named === undefined || named.includes("\0")) return undefined;
  if (named === "~" || named.startsWith("~/") || named.startsWith("~\\")) return join(environment.home, named.slice(1));
  return resolve(environment.home, named);
}

/** Replaces the `%` tokens; undefined when there is one that has no meaning here. */
export function expandTokens(text: string, context: TokenContext, environment: ResolveEnvironment): string | undefined {
  const shortName = environment.localHostName.split(".")[0] ?? "";
  const hashed = `${environment.localHostName}${context.hostName}${context.port}${context.user}${context.proxyJump ?? ""}`;
  const values: Readonly<Record<string, string>> = {
    "%": "%",
    C: createHash("sha1").update(hashed).digest("hex"),
    d: environment.home,
    h: context.hostName,
    i: environment.userId,
    j: context.proxyJump ?? "",
    k: context.hostKeyAlias ?? context.alias,
    L: shortName,
    l: environment.localHostName,
    n: context.alias,
    p: String(context.port),
    r: context.user,
    u: environment.userName,
  };
  let isKnown = true;
  const expanded = text.replaceAll(/%(.?)/gs, (_whole, letter: string) => {
    const value = Object.hasOwn(values, letter) ? values[letter] : undefined;
    if (value === undefined) isKnown = false;
    return value ?? "";
  });
  return isKnown ? expanded : undefined;
}

function expandVariables(text: string, environment: ResolveEnvironment): string | undefined {
  let isKnown = true;
  const expanded = text.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_whole, name: string) => {
    const value = environment.variables[name];
    if (value === undefined) isKnown = false;
    return value ?? "";
  });
  return isKnown ? expanded : undefined;
}
