import type { Algorithms, ServerHostKeyAlgorithm } from "ssh2";

/**
 * The algorithms to offer. SHA-1, CBC and compression are left out; a host that has
 * nothing better needs the operator's consent per host.
 *
 * Types of which a key is known come first, as in OpenSSH: a server with several keys
 * then shows the one that can be checked.
 */
export function offeredAlgorithms(knownTypes: readonly string[], allowLegacy: boolean): Algorithms {
  const legacyHostKeys: readonly ServerHostKeyAlgorithm[] = allowLegacy ? ["ssh-rsa"] : [];
  const hostKeys = [...hostKeyAlgorithms, ...legacyHostKeys];
  const isKnown = (algorithm: ServerHostKeyAlgorithm): boolean => knownTypes.includes(keyTypeOf(algorithm));
  return {
    serverHostKey: [...hostKeys.filter((name) => isKnown(name)), ...hostKeys.filter((name) => !isKnown(name))],
    kex: allowLegacy
      ? edit({ append: ["diffie-hellman-group14-sha1", "diffie-hellman-group-exchange-sha1"] })
      : edit({ remove: ["diffie-hellman-group14-sha1", "diffie-hellman-group-exchange-sha1"] }),
    cipher: allowLegacy ? edit({ append: ["aes128-cbc", "aes192-cbc", "aes256-cbc"] }) : edit({ remove: [] }),
    hmac: edit({ remove: allowLegacy ? [] : ["hmac-sha1", "hmac-sha1-etm@openssh.com"] }),
    compress: ["none"],
  };
}

const hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

/** RSA keys are listed as ssh-rsa whatever hash they sign with. */
function keyTypeOf(algorithm: ServerHostKeyAlgorithm): string {
  return algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm;
}

/**
 * A change to what ssh2 offers by default, which leaves out what the runtime's crypto
 * library lacks. ssh2 declares all three keys as required and accepts any of them.
 */
function edit<T extends string>(change: {
  readonly append?: readonly T[];
  readonly remove?: readonly T[];
}): Record<"append" | "prepend" | "remove", T | T[]> {
  return { append: [...(change.append ?? [])], prepend: [], remove: [...(change.remove ?? [])] };
}
