import type { OpsError } from "#core/opsError";
import type { AuthPrompts } from "./auth/authPrompts.ts";
import type { ResolveEnvironment } from "./config/resolveEnvironment.ts";
import { resolveHost } from "./config/resolveHost.ts";
import type { HostKeyTrust } from "./hostKeys/hostKeyTrust.ts";
import { localShell } from "./local/localShell.ts";
import { openSession, type Session, type SessionOptions } from "./session.ts";
import { connect } from "./transport/connect.ts";

export interface OpenHostOptions extends Omit<SessionOptions, "onPhase"> {
  readonly prompts: AuthPrompts;
  readonly trust: HostKeyTrust;
  readonly environment: ResolveEnvironment;
  readonly signal: AbortSignal;
  /** In words for a progress display. */
  readonly onPhase?: (phase: string) => void;
}

/** A verified connection with a helper at its end. */
export interface OpenedHost {
  readonly session: Session;
  /** Settles when connection or helper has ended: with the reason, or undefined after close(). */
  readonly closed: Promise<OpsError | undefined>;
  close(): Promise<void>;
}

/** The reference that means this machine, without SSH. */
export const localReference = "local";

/**
 * From a reference to a running helper: resolve, verify, log in, become root, stage,
 * start, shake hands.
 * @throws OpsError; nothing is left open after one
 */
export async function openHost(reference: string, options: OpenHostOptions): Promise<OpenedHost> {
  const onPhase = (phase: string): void => options.onPhase?.(phaseWords[phase] ?? phase);
  if (reference === localReference) {
    const session = await openSession(localShell(), { ...options, onPhase });
    return { session, closed: session.client.closed, close: () => Promise.resolve(session.client.close()) };
  }
  onPhase("resolve");
  const resolved = await resolveHost(reference, options.environment);
  const transport = await connect(resolved, {
    prompts: options.prompts,
    trust: options.trust,
    signal: options.signal,
    onPhase: ({ phase, host, hop, hops }) =>
      options.onPhase?.(
        hops > 1 ? `${phaseWords[phase] ?? phase} (${host}, hop ${hop} of ${hops})` : (phaseWords[phase] ?? phase),
      ),
  });
  try {
    const session = await openSession(transport, { ...options, onPhase });
    const lost = new Promise<OpsError | undefined>((resolve) => {
      transport.onClosed(resolve);
    });
    const closed = Promise.race([session.client.closed, lost]).then(async (reason) => {
      session.client.close();
      await transport.close();
      return reason;
    });
    return {
      session,
      closed,
      close: async () => {
        session.client.close();
        await transport.close();
      },
    };
  } catch (error) {
    await transport.close();
    throw error;
  }
}

const phaseWords: Readonly<Record<string, string>> = {
  resolve: "reading the SSH configuration",
  tcp: "reaching the host",
  hostKey: "verifying the host key",
  auth: "logging in",
  ready: "ready",
  probe: "looking at the host",
  elevate: "waiting for the sudo password",
  upload: "bringing the helper",
  start: "starting the helper",
};
