import type { ResolvedHop } from "../config/resolvedHost.ts";
import type { HostKeyVerdict, KnownKey } from "./hostKeyVerdict.ts";
import { fingerprint, publicKeyType } from "./publicKeyBlob.ts";
import type { TrustStore } from "./trustStore.ts";

/** Who decides about host keys: what was decided before, and the operator. */
export interface HostKeyTrust {
  readonly store: TrustStore;
  /**
   * Asked for a host whose key is not known. The connection is closed meanwhile, so there
   * is no hurry. `remember` puts the key in the store, `once` accepts it for this
   * connection. Must answer `refuse` when nobody is there to ask.
   */
  confirmHostKey(question: HostKeyQuestion, signal: AbortSignal): Promise<"remember" | "once" | "refuse">;
}

export interface HostKeyQuestion {
  /** How messages name the hop. */
  readonly where: string;
  /** The name in the ssh configuration. */
  readonly host: string;
  readonly hostName: string;
  readonly port: number;
  /** The name under which the key will be stored. */
  readonly storedAs: string;
  readonly keyType: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
  /** Keys of other types that are known for this host: a reason to be suspicious. */
  readonly otherKnownKeys: readonly ShownKey[];
}

export interface ShownKey {
  readonly keyType: string;
  readonly fingerprint: string;
  /** `file:line`, or the file alone for our own store. */
  readonly place: string;
}

export function hostKeyQuestion(
  hop: ResolvedHop,
  where: string,
  storedAs: string,
  key: Buffer,
  verdict: HostKeyVerdict,
): HostKeyQuestion {
  return {
    where,
    host: hop.alias,
    hostName: hop.hostName,
    port: hop.port,
    storedAs,
    keyType: publicKeyType(key) ?? "",
    fingerprint: fingerprint(key),
    otherKnownKeys: verdict.kind === "otherKeyType" ? verdict.known.map((known) => showKey(known)) : [],
  };
}

export function showKey(known: KnownKey): ShownKey {
  return {
    keyType: known.keyType,
    fingerprint: fingerprint(known.key),
    place: known.line === undefined ? known.file : `${known.file}:${known.line}`,
  };
}
