import { createHmac } from "node:crypto";
import { publicKeyType } from "./publicKeyBlob.ts";
import { matchesWildcard } from "./wildcard.ts";

/** One entry of a known_hosts file. */
export interface KnownHostsLine {
  /** `key`: a host's own key. `ca`: an authority that signs host keys. `revoked`: never to be accepted. */
  readonly role: "key" | "ca" | "revoked";
  /** The first field as written: comma-separated patterns, or one hashed name. */
  readonly hosts: string;
  readonly keyType: string;
  /** Wire format, RFC 4253 6.6. */
  readonly key: Buffer;
}

/**
 * Reads one line, without its line feed. Undefined for an empty line, a comment, and
 * whatever is not an entry: as in OpenSSH, garbage is skipped.
 */
export function parseKnownHostsLine(line: string): KnownHostsLine | undefined {
  const nul = line.indexOf("\0");
  // OpenSSH handles lines as C strings, which end there.
  if (nul >= 0) return parseKnownHostsLine(line.slice(0, nul));
  const marked = /^[ \t]*(?:(@[^ \t]*)[ \t]+|(?!#))([^ \t@][^ \t]*)[ \t]+([^ \t#][^ \t]*)[ \t]+([^ \t]+)/.exec(line);
  if (marked === null) return undefined;
  const [, marker, hosts = "", keyType = "", encoded = ""] = marked;
  const role = marker === undefined ? "key" : roles.get(marker);
  if (role === undefined) return undefined;
  const key = decodeBase64(encoded);
  if (key === undefined || publicKeyType(key) !== keyType) return undefined;
  return { role, hosts, keyType, key };
}

/**
 * True when the first field of a known_hosts line covers the name, as OpenSSH's
 * `match_hostname` and `host_hash` decide it. A negated pattern that matches wins over
 * everything else in the field.
 * @param name `host` or `[host]:port`, as OpenSSH looks it up
 */
export function coversHost(hosts: string, name: string): boolean {
  if (hosts.startsWith("|")) return coversHashed(hosts, name);
  const lowered = name.toLowerCase();
  let isCovered = false;
  for (const written of hosts.split(",")) {
    const isNegated = written.startsWith("!");
    const pattern = (isNegated ? written.slice(1) : written).toLowerCase();
    // OpenSSH copies each pattern into a buffer of 1024 bytes and gives up on a longer one.
    if (pattern.length >= 1023) return false;
    if (!matchesWildcard(lowered, pattern)) continue;
    if (isNegated) return false;
    isCovered = true;
  }
  return isCovered;
}

/** The names under which a host is looked up: with its port where that is not 22. */
export function knownHostsName(host: string, port: number): string {
  const lowered = host.toLowerCase();
  return port === 22 ? lowered : `[${lowered}]:${port}`;
}

const roles: ReadonlyMap<string, "ca" | "revoked"> = new Map([
  ["@cert-authority", "ca"],
  ["@revoked", "revoked"],
]);

function coversHashed(hosts: string, name: string): boolean {
  const parts = /^\|1\|([A-Za-z0-9+/=]{28})\|([A-Za-z0-9+/=]{28})$/.exec(hosts);
  if (parts === null) return false;
  const [, salt = "", hash = ""] = parts;
  const saltBytes = Buffer.from(salt, "base64");
  if (saltBytes.length !== 20) return false;
  return createHmac("sha1", saltBytes).update(name, "latin1").digest("base64") === hash;
}

/** Strict base64; a carriage return at the end of the line is not part of it. */
function decodeBase64(encoded: string): Buffer | undefined {
  const text = encoded.replace(/\r+$/, "");
  if (text.length === 0 || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, "base64");
}
