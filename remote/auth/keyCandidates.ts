import type { ParsedKey } from "ssh2";
import { showText } from "#core/text/showBytes";
import type { ResolvedHop } from "../config/resolvedHost.ts";
import type { AgentConnection } from "./agentConnection.ts";
import { inspectKeyFile } from "./keyFile.ts";

/** A key that may be offered, and where its private half is. */
export interface KeyCandidate {
  /** Undefined for an encrypted PEM file: only its passphrase tells. */
  readonly publicKey: ParsedKey | undefined;
  readonly from:
    | { readonly kind: "agent"; readonly agent: AgentConnection }
    | { readonly kind: "file"; readonly path: string; readonly isEncrypted: boolean };
  /** For messages: a path, or the comment that the agent shows. */
  readonly label: string;
}

/**
 * Servers count every offered key as a failed attempt and close at MaxAuthTries, six by
 * default and often three, so a full agent must not use up the tries of the right key.
 */
export const mostKeys = 5;

/**
 * The keys to offer, the likeliest first: identity files of this host that the agent
 * holds, then the other files if the configuration chose them for this host, then what
 * else the agent has, then OpenSSH's default files. At most {@link mostKeys}.
 */
export async function keyCandidates(
  hop: ResolvedHop,
  agent: AgentConnection | undefined,
): Promise<{ readonly candidates: readonly KeyCandidate[]; readonly notes: readonly string[] }> {
  const listed = await agent?.list();
  const agentKeys = listed?.keys ?? [];
  const notes: string[] = [];
  if (agent !== undefined && listed === undefined) notes.push("The agent does not answer.");
  if (listed !== undefined && listed.unusableTypes.length > 0)
    notes.push(
      `The agent holds ${listed.unusableTypes.length} key(s) that need the system's ssh: ${showText(listed.unusableTypes.join(", "), 200)}.`,
    );
  const inAgent: KeyCandidate[] = [];
  const inFiles: KeyCandidate[] = [];
  const withoutPublicHalf: KeyCandidate[] = [];
  const isInAgent = (key: ParsedKey): boolean => agentKeys.some((held) => isSameKey(held, key));

  for (const path of hop.identityFiles) {
    const file = await inspectKeyFile(path);
    if (file.kind === "absent") continue;
    if (file.kind === "unusable") {
      notes.push(`${showText(path)} is not used: ${showText(file.reason)}.`);
    } else if (file.publicKey !== undefined && agent !== undefined && isInAgent(file.publicKey)) {
      inAgent.push({ publicKey: file.publicKey, from: { kind: "agent", agent }, label: path });
    } else if (file.kind === "public") {
      notes.push(`${showText(path)} is a public key, and the agent does not hold its private half.`);
    } else {
      const candidate: KeyCandidate = {
        publicKey: file.publicKey,
        from: { kind: "file", path, isEncrypted: file.isEncrypted },
        label: path,
      };
      (file.publicKey === undefined ? withoutPublicHalf : inFiles).push(candidate);
    }
  }
  const others: KeyCandidate[] =
    agent === undefined || hop.identitiesOnly
      ? []
      : agentKeys
          .filter((key) => !inAgent.some((known) => known.publicKey !== undefined && isSameKey(known.publicKey, key)))
          .filter((key) => !inFiles.some((known) => known.publicKey !== undefined && isSameKey(known.publicKey, key)))
          .map((key) => ({ publicKey: key, from: { kind: "agent", agent }, label: showText(key.comment, 80) }));
  const ordered = hop.identitiesAreChosen
    ? [...inAgent, ...inFiles, ...withoutPublicHalf, ...others]
    : [...inAgent, ...others, ...inFiles, ...withoutPublicHalf];
  if (ordered.length > mostKeys)
    notes.push(
      `${ordered.length} keys could be offered and only the first ${mostKeys} are. Name the right one with IdentityFile and IdentitiesOnly.`,
    );
  return { candidates: ordered.slice(0, mostKeys), notes };
}

function isSameKey(one: ParsedKey, other: ParsedKey): boolean {
  return one.getPublicSSH().equals(other.getPublicSSH());
}
