/** What is known about a key that a server presents. */
export type HostKeyVerdict =
  | { readonly kind: "match"; readonly known: KnownKey }
  /** Another key of the same type is known: the server changed, or somebody is in between. */
  | { readonly kind: "mismatch"; readonly known: readonly KnownKey[] }
  /** Only keys of other types are known. */
  | { readonly kind: "otherKeyType"; readonly known: readonly KnownKey[] }
  | { readonly kind: "revoked"; readonly known: KnownKey }
  /** Only a certificate authority is known; certificates need the system's ssh. */
  | { readonly kind: "caOnly"; readonly known: readonly KnownKey[] }
  | { readonly kind: "unknown" };

/** An entry of a known_hosts file or of our own store that covers the host. */
export interface KnownKey {
  readonly role: "key" | "ca" | "revoked";
  readonly keyType: string;
  /** Wire format. */
  readonly key: Buffer;
  /** Where it is written. */
  readonly file: string;
  /** From 1; absent in our own store. */
  readonly line?: number;
}

/**
 * Judges a presented key by the entries that cover the host.
 *
 * Revocation is a pass of its own, before anything can match: otherwise the answer would
 * depend on the order of the lines.
 * @param stored the operator's own decisions, which come first
 * @param listed what the known_hosts files say
 * @param revoked keys that no host may have, wherever they are listed
 */
export function judgeHostKey(
  offered: { readonly keyType: string; readonly key: Buffer },
  stored: readonly KnownKey[],
  listed: readonly KnownKey[],
  revoked: readonly KnownKey[] = [],
): HostKeyVerdict {
  const isOffered = (known: KnownKey): boolean => known.key.equals(offered.key);
  const isSameType = (known: KnownKey): boolean => known.keyType === offered.keyType;
  const withdrawn = [...listed.filter((known) => known.role === "revoked"), ...revoked].find(isOffered);
  if (withdrawn !== undefined) return { kind: "revoked", known: withdrawn };

  for (const source of [stored, listed.filter((known) => known.role === "key")]) {
    const match = source.find(isOffered);
    if (match !== undefined) return { kind: "match", known: match };
    const changed = source.filter(isSameType);
    if (changed.length > 0) return { kind: "mismatch", known: changed };
  }
  const authorities = listed.filter((known) => known.role === "ca");
  if (authorities.length > 0) return { kind: "caOnly", known: authorities };
  const others = [...stored, ...listed.filter((known) => known.role === "key")];
  return others.length > 0 ? { kind: "otherKeyType", known: others } : { kind: "unknown" };
}
