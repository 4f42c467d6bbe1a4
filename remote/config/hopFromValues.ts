import { isAbsolute } from "node:path";
import { OpsError } from "#core/opsError";
import { showText } from "#core/text/showBytes";
import type { ConfigValues } from "./configValues.ts";
import { firstValue, splitArguments } from "./configValues.ts";
import type { TokenContext } from "./expandTokens.ts";
import { expandPath, expandTokens } from "./expandTokens.ts";
import type { HostReference } from "./hostReference.ts";
import { isHostName, isPort, isUserName } from "./hostReference.ts";
import type { ResolveEnvironment } from "./resolveEnvironment.ts";
import type { AuthMethodName, ResolvedHop } from "./resolvedHost.ts";

/**
 * One hop from the effective values of ssh_config.
 * @throws OpsError `badInput` when the configuration names a host, user or port that is none
 */
export function hopFromValues(
  reference: HostReference,
  values: ConfigValues,
  proxyJump: string | undefined,
  environment: ResolveEnvironment,
): ResolvedHop {
  const alias = reference.host;
  const port = reference.port ?? Number(firstValue(values, "port") ?? "22");
  const user = reference.user ?? firstValue(values, "user") ?? environment.userName;
  const hostKeyAlias = firstValue(values, "hostkeyalias");
  const context: TokenContext = {
    alias,
    hostName: alias,
    port,
    user,
    ...(hostKeyAlias === undefined ? {} : { hostKeyAlias }),
    ...(proxyJump === undefined ? {} : { proxyJump }),
  };
  const hostName = hostNameFrom(firstValue(values, "hostname") ?? alias, context, environment);
  if (!isHostName(hostName)) throw notValid(alias, "HostName", hostName);
  if (!isUserName(user)) throw notValid(alias, "User", user);
  if (!isPort(port)) throw notValid(alias, "Port", firstValue(values, "port") ?? "");

  const named = { ...context, hostName };
  const bindAddress = firstValue(values, "bindaddress");
  const identityAgent = agentFrom(values, named, environment);
  const identities = identitiesFrom(values, named, environment);
  const notes = [...identities.notes, ...unsupported(values)];
  return {
    alias,
    hostName,
    port,
    user,
    ...(hostKeyAlias === undefined ? {} : { hostKeyAlias: hostKeyAlias.toLowerCase() }),
    identityFiles: identities.files,
    identitiesAreChosen: identities.areChosen,
    identitiesOnly: firstValue(values, "identitiesonly") === "yes",
    ...(identityAgent === undefined ? {} : { identityAgent }),
    knownHostsFiles: [
      ...fileList(values, "userknownhostsfile", ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"], named, environment),
      ...fileList(values, "globalknownhostsfile", globalKnownHosts(environment), named, environment),
    ],
    revokedKeysFiles: fileList(values, "revokedhostkeys", [], named, environment),
    authMethods: authMethodsFrom(values),
    addressFamily: addressFamilyFrom(values),
    ...(bindAddress === undefined ? {} : { bindAddress }),
    notes,
  };
}

const defaultIdentities = ["rsa", "ecdsa", "ecdsa_sk", "ed25519", "ed25519_sk", "xmss", "dsa"].map(
  (name) => `~/.ssh/id_${name}`,
);

function identitiesFrom(
  values: ConfigValues,
  context: TokenContext,
  environment: ResolveEnvironment,
): { readonly files: readonly string[]; readonly areChosen: boolean; readonly notes: readonly string[] } {
  const configured = values.get("identityfile") ?? [];
  // `ssh -G` prints the defaults when none is set, so they are recognised by their names.
  const areChosen = configured.some((path) => !defaultIdentities.includes(path));
  const written = configured.length > 0 ? configured : defaultIdentities;
  const files: string[] = [];
  const notes: string[] = [];
  for (const path of written.filter((path) => path.toLowerCase() !== "none")) {
    const expanded = expandPath(unquote(path), context, environment);
    if (expanded === undefined) notes.push(`IdentityFile ${showText(path)} cannot be expanded and is not used.`);
    else if (!files.includes(expanded)) files.push(expanded);
  }
  return { files, areChosen, notes };
}

function agentFrom(values: ConfigValues, context: TokenContext, environment: ResolveEnvironment): string | undefined {
  const configured = values.get("identityagent")?.[0];
  if (configured?.toLowerCase() === "none") return undefined;
  const fallback = environment.platform === "win32" ? "\\\\.\\pipe\\openssh-ssh-agent" : undefined;
  if (configured === undefined || configured === "SSH_AUTH_SOCK")
    return environment.variables["SSH_AUTH_SOCK"] ?? fallback;
  if (configured.startsWith("$") && !configured.startsWith("${")) return environment.variables[configured.slice(1)];
  if (configured.startsWith("\\\\")) return configured;
  return expandPath(unquote(configured), context, environment);
}

function fileList(
  values: ConfigValues,
  keyword: string,
  defaults: readonly string[],
  context: TokenContext,
  environment: ResolveEnvironment,
): readonly string[] {
  const written = values.get(keyword)?.flatMap(splitArguments) ?? defaults;
  const expanded: string[] = [];
  for (const path of written.filter((path) => path.toLowerCase() !== "none")) {
    const file = expandPath(path, context, environment);
    // A list of keys that is left out could be the one that refuses this host.
    if (file === undefined || !isAbsolute(file)) throw notValid(context.alias, keyword, path);
    expanded.push(file);
  }
  return expanded;
}

function globalKnownHosts(environment: ResolveEnvironment): readonly string[] {
  const folder = environment.platform === "win32" ? `${environment.variables["ProgramData"] ?? "C:"}/ssh` : "/etc/ssh";
  return [`${folder}/ssh_known_hosts`, `${folder}/ssh_known_hosts2`];
}

function hostNameFrom(written: string, context: TokenContext, environment: ResolveEnvironment): string {
  // An IPv6 zone is written with a percent sign too, and `ssh -G` has expanded the tokens already.
  if (isHostName(written)) return written;
  return expandTokens(written, context, environment) ?? written;
}

function authMethodsFrom(values: ConfigValues): readonly AuthMethodName[] {
  const isOff = (keyword: string): boolean => values.get(keyword)?.[0] === "no";
  const off = new Set<AuthMethodName>();
  if (isOff("pubkeyauthentication")) off.add("publickey");
  if (isOff("passwordauthentication")) off.add("password");
  if (isOff("kbdinteractiveauthentication") || isOff("challengeresponseauthentication"))
    off.add("keyboard-interactive");
  const preferred = firstValue(values, "preferredauthentications") ?? "publickey,keyboard-interactive,password";
  return preferred
    .split(",")
    .map((name) => name.trim())
    .filter((name): name is AuthMethodName => methodNames.has(name))
    .filter((name) => !off.has(name));
}

const methodNames: ReadonlySet<string> = new Set(["publickey", "keyboard-interactive", "password"]);

function addressFamilyFrom(values: ConfigValues): ResolvedHop["addressFamily"] {
  const family = firstValue(values, "addressfamily");
  return family === "inet" || family === "inet6" ? family : "any";
}

function unsupported(values: ConfigValues): readonly string[] {
  const notes: string[] = [];
  if (firstValue(values, "certificatefile") !== undefined)
    notes.push("CertificateFile is not used: user certificates need the system's ssh.");
  if (firstValue(values, "knownhostscommand") !== undefined)
    notes.push("KnownHostsCommand is not run; only known_hosts files and approved keys count.");
  if (firstValue(values, "pkcs11provider") !== undefined)
    notes.push("PKCS11Provider is not used; keys on a token are reachable through an agent.");
  return notes;
}

function unquote(path: string): string {
  return path.length >= 2 && path.startsWith('"') && path.endsWith('"') ? path.slice(1, -1) : path;
}

function notValid(alias: string, keyword: string, value: string): OpsError {
  return new OpsError(
    "badInput",
    `The ssh configuration gives ${showText(alias, 80)} a ${keyword} that is not valid: "${showText(value, 80)}".`,
    { nextStep: "Correct it in the ssh configuration; `ssh -G HOST` shows the effective values." },
  );
}
