import type { Duplex } from "node:stream";
import type { NegotiatedAlgorithms } from "ssh2";
import { Client } from "ssh2";
import { OpsError } from "#core/opsError";
import { showText } from "#core/text/showBytes";
import { Authenticator } from "../auth/authenticator.ts";
import type { AuthPrompts } from "../auth/authPrompts.ts";
import type { ResolvedHop } from "../config/resolvedHost.ts";
import type { HostKeyVerdict } from "../hostKeys/hostKeyVerdict.ts";
import { fingerprint, publicKeyType } from "../hostKeys/publicKeyBlob.ts";
import { offeredAlgorithms } from "./algorithms.ts";
import { endedEarly, handshakeFailure, noAnswer } from "./connectionErrors.ts";
import { OpenHop } from "./openHopConnection.ts";
import { Patience } from "./patience.ts";
import { readIdentification } from "./readIdentification.ts";
import type { ConnectTiming } from "./timing.ts";
import type { ConnectPhase } from "./transport.ts";
import { untilStopped } from "./untilStopped.ts";

export interface OpenHopOptions {
  readonly hop: ResolvedHop;
  /** How messages name the hop. */
  readonly where: string;
  /** A fresh byte stream to the hop's SSH server; one that comes after the signal is closed by its maker. */
  readonly openStream: (signal: AbortSignal) => Promise<Duplex>;
  /** Judges the presented key; synchronous, and asked again at every key exchange. */
  readonly verdict: (key: Buffer) => HostKeyVerdict;
  readonly knownTypes: readonly string[];
  readonly allowLegacyAlgorithms: boolean;
  readonly prompts: AuthPrompts;
  readonly timing: ConnectTiming;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: ConnectPhase) => void;
}

export type HopOutcome =
  | { readonly kind: "open"; readonly connection: OpenHop }
  /** The key was not accepted; nothing of the operator's has been sent, and the connection is closed. */
  | { readonly kind: "refused"; readonly verdict: HostKeyVerdict; readonly key: Buffer };

/**
 * One connection attempt to one SSH server: TCP or a forwarded channel, the server's key,
 * and, only for a key that matches, the login.
 * @throws OpsError for everything that went wrong besides the key; no socket or timer is left
 */
export async function openHop(options: OpenHopOptions): Promise<HopOutcome> {
  const { hop, where, timing, signal } = options;
  // One end for every reason to stop: time, the operator, a question that failed.
  const stop = new AbortController();
  let stage = "to the connection request";
  const seconds = Math.round(timing.readyTimeoutMs / 1000);
  const patience = new Patience(timing.readyTimeoutMs, () => stop.abort(noAnswer(where, seconds, stage)));
  const onAbort = (): void => stop.abort(cancelled(where));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  let stream: Duplex | undefined;
  const client = new Client();
  // An error without a listener would end the extension host, however late it comes.
  client.on("error", () => {});
  try {
    options.onPhase("tcp");
    stream = await untilStopped(options.openStream(stop.signal), stop.signal);
    stage = "with its SSH greeting";
    await untilStopped(readIdentification(stream, where), stop.signal);
    stage = "during the SSH handshake";
    options.onPhase("hostKey");
    const authenticator = new Authenticator({
      hop,
      prompts: options.prompts,
      signal: stop.signal,
      allowLegacyAlgorithms: options.allowLegacyAlgorithms,
      whileAsking: async (question) => patience.pausedWhile(question),
      onGiveUp: (error) => stop.abort(error),
    });
    const opening = handshake(client, stream, authenticator, {
      ...options,
      onAuth: () => {
        stage = "during the login";
        patience.restart();
        options.onPhase("auth");
      },
    });
    try {
      const outcome = await untilStopped(opening, stop.signal);
      if (outcome.kind === "refused") discard(client, stream);
      return outcome;
    } finally {
      authenticator.dispose();
    }
  } catch (error) {
    discard(client, stream);
    throw error;
  } finally {
    patience.stop();
    signal.removeEventListener("abort", onAbort);
  }
}

async function handshake(
  client: Client,
  stream: Duplex,
  authenticator: Authenticator,
  options: OpenHopOptions & { readonly onAuth: () => void },
): Promise<HopOutcome> {
  const { hop, where, timing } = options;
  return new Promise((resolve, reject) => {
    let accepted: Buffer | undefined;
    let negotiated: NegotiatedAlgorithms | undefined;
    let banner = "";
    let isLoggingIn = false;
    client.on("error", (error) => {
      // An agent that will not sign with one key is not the end of the attempt.
      if (error.level === "agent") return;
      if (error.level === "client-authentication") reject(authenticator.failure());
      else reject(handshakeFailure(where, error));
    });
    client.on("close", () => reject(endedEarly(where, isLoggingIn ? "during the login" : "during the handshake")));
    client.on("banner", (text) => {
      if (banner === "") banner = showText(text, 2000);
    });
    client.on("handshake", (algorithms) => {
      if (negotiated !== undefined) return;
      negotiated = algorithms;
      isLoggingIn = true;
      options.onAuth();
    });
    client.on("ready", () => {
      if (accepted === undefined || negotiated === undefined) {
        reject(new OpsError("bug", `The login to ${where} succeeded before its key was checked; it was closed.`));
        return;
      }
      resolve({
        kind: "open",
        connection: new OpenHop(client, stream, {
          hop,
          where,
          banner,
          negotiated,
          fingerprint: fingerprint(accepted),
          keyType: publicKeyType(accepted) ?? "",
        }),
      });
    });
    client.connect({
      sock: stream,
      username: hop.user,
      agentForward: false,
      algorithms: offeredAlgorithms(options.knownTypes, options.allowLegacyAlgorithms),
      authHandler: authenticator.handler,
      // Our own time limit stands still while the operator is asked; ssh2's would not.
      readyTimeout: 0,
      keepaliveInterval: timing.keepaliveIntervalMs,
      keepaliveCountMax: timing.keepaliveCount,
      hostVerifier: (key: Buffer, answer: (isAccepted: boolean) => void) => {
        // The server may start another key exchange at any time; it has to keep its key.
        if (accepted !== undefined) {
          answer(accepted.equals(key));
          return;
        }
        const verdict = options.verdict(key);
        if (verdict.kind === "match") {
          accepted = Buffer.from(key);
          answer(true);
          return;
        }
        resolve({ kind: "refused", verdict, key: Buffer.from(key) });
        answer(false);
      },
    });
  });
}

function discard(client: Client, stream: Duplex | undefined): void {
  client.destroy();
  stream?.on("error", () => {});
  stream?.destroy();
}

function cancelled(where: string): OpsError {
  return new OpsError("cancelled", `Connecting to ${where} was cancelled.`);
}
