/**
 * Whether a user's key of this type can log in through ssh2. It reads certificates without
 * complaint, and servers refuse what it makes of them.
 */
export function isUsableKeyType(type: string): boolean {
  return usable.has(type);
}

const usable: ReadonlySet<string> = new Set([
  "ssh-ed25519",
  "ssh-rsa",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
]);
