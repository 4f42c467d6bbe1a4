import { isIPv6 } from "node:net";
import { OpsError } from "#core/opsError";
import { showText } from "#core/text/showBytes";

/** What an operator wrote to name a host, taken apart. */
export interface HostReference {
  readonly user?: string;
  /** A name, an IPv4 address or an IPv6 address without brackets, with its zone if it had one. */
  readonly host: string;
  readonly port?: number;
}

/**
 * Reads `name`, `user@host`, `user@host:port`, `[ipv6%zone]:port` or a bare IPv6 address.
 *
 * The grammar is an allow-list because the text ends up in the argv of a local program:
 * OpenSSH has treated host names such as `-oProxyCommand=…` as options, and its token
 * expansion gives `%` and shell characters a meaning in ProxyCommand lines.
 * @throws OpsError `badInput` when the text is anything else
 */
export function parseHostReference(text: string): HostReference {
  const at = text.lastIndexOf("@");
  const user = at < 0 ? undefined : text.slice(0, at);
  const rest = at < 0 ? text : text.slice(at + 1);
  if (user !== undefined && !isUserName(user)) throw malformed(text, "the user name");
  const { host, port } = splitPort(text, rest);
  if (!isHostName(host)) throw malformed(text, "the host name");
  return { host, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) };
}

/** True for a host name, an IPv4 address, or an IPv6 address with an optional zone. */
export function isHostName(host: string): boolean {
  if (host.length === 0 || host.length > 253) return false;
  if (host.includes(":")) return isIPv6(host) && /^[0-9a-fA-F:.]+(%[A-Za-z0-9_.-]{1,32})?$/.test(host);
  return /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/.test(host) && !host.includes("..");
}

/** True for a login name that needs no quoting anywhere; `DOMAIN\name` is allowed. */
export function isUserName(user: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.+@\\-]{0,127}$/.test(user) && !user.endsWith("\\");
}

/** True for a TCP port that can be connected to. */
export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}

/** The reference as text again; IPv6 addresses get their brackets. */
export function formatHostReference(reference: HostReference): string {
  const host = reference.host.includes(":") ? `[${reference.host}]` : reference.host;
  const user = reference.user === undefined ? "" : `${reference.user}@`;
  return `${user}${host}${reference.port === undefined ? "" : `:${reference.port}`}`;
}

function splitPort(text: string, rest: string): { readonly host: string; readonly port?: number } {
  const bracketed = /^\[([^\]]*)\](?::([0-9]{1,5}))?$/.exec(rest);
  if (bracketed) {
    const host = bracketed[1] ?? "";
    if (!host.includes(":")) throw malformed(text, "the address in brackets");
    return withPort(text, host, bracketed[2]);
  }
  if (rest.split(":").length > 2) return { host: rest };
  const [host = "", port] = rest.split(":");
  return withPort(text, host, port);
}

function withPort(text: string, host: string, digits: string | undefined): { host: string; port?: number } {
  if (digits === undefined) return { host };
  const port = Number(digits);
  if (!/^[0-9]{1,5}$/.test(digits) || !isPort(port)) throw malformed(text, "the port");
  return { host, port };
}

function malformed(text: string, part: string): OpsError {
  return new OpsError("badInput", `"${showText(text, 80)}" is not a host: ${part} is not valid. Nothing was started.`, {
    nextStep: "Write a name from your ssh configuration, user@host, user@host:port or user@[ipv6]:port.",
  });
}
