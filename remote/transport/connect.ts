import type { Duplex } from "node:stream";
import { OpsError } from "#core/opsError";
import type { AuthPrompts } from "../auth/authPrompts.ts";
import type { ResolvedHop, ResolvedHost } from "../config/resolvedHost.ts";
import { hostKeyRefusal } from "../hostKeys/hostKeyRefusal.ts";
import type { HostKeyTrust } from "../hostKeys/hostKeyTrust.ts";
import { loadHostKeyKnowledge } from "../hostKeys/hostKeyKnowledge.ts";
import { hostKeyQuestion } from "../hostKeys/hostKeyTrust.ts";
import type { HostKeyVerdict } from "../hostKeys/hostKeyVerdict.ts";
import { publicKeyType } from "../hostKeys/publicKeyBlob.ts";
import { openHop } from "./openHop.ts";
import type { OpenHop } from "./openHopConnection.ts";
import { openSocket } from "./openSocket.ts";
import { SshTransport } from "./sshTransport.ts";
import type { ConnectTiming } from "./timing.ts";
import { defaultTiming } from "./timing.ts";
import type { PhaseReport, Transport } from "./transport.ts";
import { untilStopped } from "./untilStopped.ts";

export interface ConnectOptions {
  readonly prompts: AuthPrompts;
  readonly trust: HostKeyTrust;
  readonly signal: AbortSignal;
  readonly onPhase?: (report: PhaseReport) => void;
  readonly timing?: Partial<ConnectTiming>;
  /** Offer SHA-1 and CBC too; the operator's decision for this host. */
  readonly allowLegacyAlgorithms?: boolean;
}

/**
 * Connects to a host through its jump hosts. Every server's key is verified under its own
 * name before anything is sent to it; an unknown key is refused first, then the operator
 * is asked without any time limit, then the server is called again and must show just
 * that key.
 * @throws OpsError of the kinds `hostUnreachable`, `timedOut`, `connectionLost`,
 *   `protocolViolation`, `protocolMismatch`, `hostKey…`, `authFailed`, `cancelled`; the
 *   message names the hop, and no connection is left
 */
export async function connect(resolved: ResolvedHost, options: ConnectOptions): Promise<Transport> {
  const hops = [...resolved.jumps, resolved.target];
  const open: OpenHop[] = [];
  try {
    for (const [index, hop] of hops.entries())
      open.push(await openNext(hop, index + 1, hops.length, open.at(-1), options));
    return new SshTransport(resolved.target, open);
  } catch (error) {
    await Promise.all(open.map(async (connection) => connection.close()));
    throw options.signal.aborted && !OpsError.is(error, "cancelled") ? cancelled(resolved) : error;
  }
}

async function openNext(
  hop: ResolvedHop,
  position: number,
  hops: number,
  via: OpenHop | undefined,
  options: ConnectOptions,
): Promise<OpenHop> {
  const where = hopWords(hop, position, hops);
  const report = (phase: PhaseReport["phase"]): void =>
    options.onPhase?.({ phase, host: hop.alias, hop: position, hops });
  report("resolve");
  const knowledge = await loadHostKeyKnowledge(hop, options.trust.store);
  const openStream = async (signal: AbortSignal): Promise<Duplex> =>
    via === undefined ? openSocket(hop, where, signal) : via.forward(hop.hostName, hop.port, where, signal);

  let approved: Buffer | undefined;
  for (;;) {
    const pin = approved;
    const outcome = await openHop({
      hop,
      where,
      openStream,
      verdict: (key) => (pin === undefined ? knowledge.verdict(key) : judgeByPin(key, pin)),
      knownTypes: pin === undefined ? knowledge.knownTypes : [publicKeyType(pin) ?? ""],
      allowLegacyAlgorithms: options.allowLegacyAlgorithms ?? false,
      prompts: options.prompts,
      timing: { ...defaultTiming, ...options.timing },
      signal: options.signal,
      onPhase: report,
    });
    if (outcome.kind === "open") {
      report("ready");
      return outcome.connection;
    }
    const { verdict, key } = outcome;
    const mayAsk = pin === undefined && (verdict.kind === "unknown" || verdict.kind === "otherKeyType");
    if (!mayAsk) throw hostKeyRefusal({ where, hop, name: knowledge.name, key, verdict });
    const question = hostKeyQuestion(hop, where, knowledge.name, key, verdict);
    const answer = await untilStopped(options.trust.confirmHostKey(question, options.signal), options.signal);
    if (options.signal.aborted) throw new OpsError("cancelled", `Connecting to ${where} was cancelled.`);
    if (answer === "refuse") throw hostKeyRefusal({ where, hop, name: knowledge.name, key, verdict });
    if (answer === "remember") await options.trust.store.add(knowledge.name, key);
    approved = key;
  }
}

function judgeByPin(key: Buffer, pin: Buffer): HostKeyVerdict {
  const known = { role: "key", keyType: publicKeyType(pin) ?? "", key: pin, file: "" } as const;
  return key.equals(pin) ? { kind: "match", known } : { kind: "mismatch", known: [known] };
}

/** How messages name a hop: with its place when there are several. */
function hopWords(hop: ResolvedHop, position: number, hops: number): string {
  if (hops === 1) return hop.alias;
  return position === hops
    ? `${hop.alias} (through ${hops - 1} jump host${hops > 2 ? "s" : ""})`
    : `jump host ${hop.alias}`;
}

function cancelled(resolved: ResolvedHost): OpsError {
  return new OpsError("cancelled", `Connecting to ${resolved.target.alias} was cancelled.`);
}
