import { processKey, type ProcessFact } from "../../facts/process.ts";
import type { SocketFact } from "../../facts/socket.ts";
import { poolPorts } from "../../knowledge/poolPorts.ts";
import { defineCheck, type Finding } from "../check.ts";
import { ownerOf } from "../ownerOf.ts";

export const check = defineCheck({
  id: "M14",
  slug: "stratum-port",
  title: "Connection to a port of mining pools",
  category: "Abnormal network access",
  type: "Abnormal outbound connection",
  severity: "low",
  attack: ["T1571", "T1496.001"],
  maturity: "stable",
  needs: ["processes", "sockets", "ownership", "host"],
  falsePositives: ["Any service on such a port: it only adds to what else is known about the process."],
  weakness: "Pools take miners on 80 and 443 as well, which say nothing here.",
  run({ processes, sockets, ownership, host }): readonly Finding[] {
    const byPid = new Map(processes.map((process) => [process.pid, process]));
    const strongest = new Map<ProcessFact, SocketFact>();
    for (const socket of sockets) {
      if (!isOutbound(socket, sockets)) continue;
      for (const pid of socket.pids) {
        const process = byPid.get(pid);
        if (process === undefined) continue;
        const owner = ownerOf(process, ownership, host);
        if (owner === "intact" || owner === "upgraded") continue;
        const known = strongest.get(process);
        if (known === undefined || pointsOf(known) < pointsOf(socket)) strongest.set(process, socket);
      }
    }
    return [...strongest].map(([process, socket]) => ({
      subject: { kind: "process", key: processKey(process) },
      points: pointsOf(socket),
      source: `/proc/${process.pid}/fd`,
      text: `It has a connection (${socket.state}) to ${socket.remoteAddress} on port ${socket.remotePort}, where pools take miners.`,
    }));
  },
});

const openStates: ReadonlySet<string> = new Set(["ESTABLISHED", "SYN_SENT", "CLOSE_WAIT", "FIN_WAIT1", "FIN_WAIT2"]);

/** A client's end: its own port is no listener of this host. */
function isOutbound(socket: SocketFact, sockets: readonly SocketFact[]): boolean {
  if (!socket.protocol.startsWith("tcp") || !openStates.has(socket.state) || !poolPorts.has(socket.remotePort))
    return false;
  return !sockets.some(
    ({ state, localPort, namespace }) =>
      state === "LISTEN" && localPort === socket.localPort && namespace === socket.namespace,
  );
}

function pointsOf(socket: SocketFact): number {
  return poolPorts.get(socket.remotePort) === "strong" ? 15 : 10;
}
