import { OpsError } from "#core/opsError";
import { showText } from "#core/text/showBytes";
import type { ResolvedHop } from "../config/resolvedHost.ts";
import { showKey } from "./hostKeyTrust.ts";
import type { HostKeyVerdict, KnownKey } from "./hostKeyVerdict.ts";
import { fingerprint, publicKeyType } from "./publicKeyBlob.ts";

/**
 * The error for a key that is not accepted. Its data hold `host`, `storedAs`, `keyType`,
 * `fingerprint` and, where something is known, `knownFingerprint` and `place`.
 */
export function hostKeyRefusal(refusal: {
  readonly where: string;
  readonly hop: ResolvedHop;
  readonly name: string;
  readonly key: Buffer;
  readonly verdict: HostKeyVerdict;
}): OpsError {
  const { where, verdict } = refusal;
  const presented = `${showText(publicKeyType(refusal.key) ?? "unknown type", 60)} ${fingerprint(refusal.key)}`;
  const data = {
    host: refusal.hop.alias,
    storedAs: refusal.name,
    keyType: publicKeyType(refusal.key) ?? "",
    fingerprint: fingerprint(refusal.key),
  };
  const knownData = (known: KnownKey | undefined): Record<string, string> =>
    known === undefined ? {} : { knownFingerprint: fingerprint(known.key), place: showText(showKey(known).place) };
  switch (verdict.kind) {
    case "mismatch": {
      const known = verdict.known.map((key) => `${fingerprint(key.key)}${placeWords(key)}`).join(", ");
      return new OpsError(
        "hostKeyMismatch",
        `${where} presents another key than the one that is known: ${presented} instead of ${known}. Nothing was sent to it.`,
        {
          nextStep:
            "Either the host was installed anew or somebody is in between. Compare the fingerprint with the host's console before you replace the known key.",
          data: { ...data, ...knownData(verdict.known[0]) },
        },
      );
    }
    case "revoked":
      return new OpsError(
        "hostKeyRevoked",
        `${where} presents a key that was revoked${placeWords(verdict.known)}: ${presented}. Nothing was sent to it.`,
        { nextStep: "Give the host a new key.", data: { ...data, ...knownData(verdict.known) } },
      );
    case "caOnly":
      return new OpsError(
        "hostKeyCaOnly",
        `${where} is known by a certificate authority only${placeWords(verdict.known[0])}. Host certificates need the system's ssh. Nothing was sent to it.`,
        {
          nextStep: "Add the host's own key to known_hosts, after comparing it with the host's console.",
          data: { ...data, ...knownData(verdict.known[0]) },
        },
      );
    case "unknown":
    case "otherKeyType":
    case "match":
      return new OpsError("hostKeyUnknown", `The key of ${where} is not known: ${presented}. Nothing was sent to it.`, {
        nextStep: "Compare the fingerprint with the host's console and approve it.",
        data: { ...data, ...knownData(verdict.kind === "otherKeyType" ? verdict.known[0] : undefined) },
      });
    default:
      return verdict satisfies never;
  }
}

function placeWords(known: KnownKey | undefined): string {
  return known === undefined || known.file === "" ? "" : ` (${showText(showKey(known).place)})`;
}
