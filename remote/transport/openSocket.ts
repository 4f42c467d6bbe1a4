import { connect } from "node:net";
import type { Socket } from "node:net";
import type { ResolvedHop } from "../config/resolvedHost.ts";
import { unreachable } from "./connectionErrors.ts";

/**
 * A TCP connection to a hop, with TCP_NODELAY from the start: the handshake is a dozen
 * small packets, and each would wait for the acknowledgement of the one before.
 * @throws OpsError `hostUnreachable`; the reason of the signal when it is aborted
 */
export async function openSocket(hop: ResolvedHop, where: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hop.hostName,
      port: hop.port,
      noDelay: true,
      // Node gives each address 250 ms by default, too little for a host on another continent.
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: 2500,
      ...(hop.addressFamily === "any" ? {} : { family: hop.addressFamily === "inet" ? 4 : 6 }),
      ...(hop.bindAddress === undefined ? {} : { localAddress: hop.bindAddress }),
    });
    const onAbort = (): void => finish(() => reject(signal.reason as Error), true);
    const onError = (error: Error): void => finish(() => reject(unreachable(where, error)), true);
    const onConnect = (): void => finish(() => resolve(socket), false);
    const finish = (settle: () => void, isFailed: boolean): void => {
      signal.removeEventListener("abort", onAbort);
      socket.off("connect", onConnect).off("error", onError);
      if (isFailed) {
        // A late error of a socket that nobody wants any more must not end the process.
        socket.on("error", () => {});
        socket.destroy();
      }
      settle();
    };
    socket.once("connect", onConnect).once("error", onError);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
