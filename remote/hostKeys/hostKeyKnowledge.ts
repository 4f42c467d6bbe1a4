import type { ResolvedHop } from "../config/resolvedHost.ts";
import type { HostKeyVerdict, KnownKey } from "./hostKeyVerdict.ts";
import { judgeHostKey } from "./hostKeyVerdict.ts";
import { knownHostsName } from "./knownHostsLine.ts";
import { publicKeyType } from "./publicKeyBlob.ts";
import { scanKnownHosts, scanRevokedKeys } from "./scanKnownHosts.ts";
import type { TrustStore } from "./trustStore.ts";

/** Everything that is known about one host's key before it is connected to. */
export interface HostKeyKnowledge {
  /** The name under which the key is looked up and stored. */
  readonly name: string;
  /** The types of the keys that could match, to ask the server for one of them. */
  readonly knownTypes: readonly string[];
  /** Synchronous, so that it can be given inside the key exchange. */
  verdict(key: Buffer): HostKeyVerdict;
}

/**
 * Reads the trust store and the known_hosts files for one hop.
 * @throws OpsError `hostKeyUnreadable` or `stateDamaged` when one of them cannot be read
 */
export async function loadHostKeyKnowledge(hop: ResolvedHop, store: TrustStore): Promise<HostKeyKnowledge> {
  const name = hop.hostKeyAlias ?? knownHostsName(hop.hostName, hop.port);
  // As OpenSSH does, a key that is known for the host on port 22 is accepted on another port.
  const bareName = hop.hostKeyAlias === undefined && hop.port !== 22 ? hop.hostName.toLowerCase() : undefined;
  const stored: KnownKey[] = (await store.lookup(name)).map((key) => ({ role: "key", file: store.path, ...key }));
  const listed: KnownKey[] = [];
  const listedBare: KnownKey[] = [];
  for (const file of hop.knownHostsFiles) {
    listed.push(...(await scanKnownHosts(file, [name])));
    if (bareName !== undefined) listedBare.push(...(await scanKnownHosts(file, [bareName])));
  }
  const revoked: KnownKey[] = listedBare.filter((known) => known.role === "revoked");
  for (const file of hop.revokedKeysFiles) revoked.push(...(await scanRevokedKeys(file)));
  const elsewhere = listedBare.filter((known) => known.role === "key");

  return {
    name,
    knownTypes: typesOf([...stored, ...listed.filter((known) => known.role === "key"), ...elsewhere]),
    verdict(key) {
      const keyType = publicKeyType(key) ?? "";
      const verdict = judgeHostKey({ keyType, key }, stored, listed, revoked);
      if (verdict.kind !== "unknown" && verdict.kind !== "otherKeyType") return verdict;
      const match = elsewhere.find((known) => known.key.equals(key));
      return match === undefined ? verdict : { kind: "match", known: match };
    },
  };
}

function typesOf(keys: readonly KnownKey[]): readonly string[] {
  return [...new Set(keys.map((known) => known.keyType))];
}
