import type { OwnershipFact } from "../../facts/facts.ts";
import { ownerOfExecutable } from "../../facts/ownerOfExecutable.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import type { SocketFact } from "../../facts/socket.ts";
import { addressScope } from "../../network/addressScope.ts";
import { basename } from "../../text/paths.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { oddPlace } from "../oddPlace.ts";
import { isRelay, isScriptLanguage, isShell, programName } from "../programName.ts";
import { scriptOfProcess } from "../scriptOfProcess.ts";

export const check = defineCheck({
  id: "P10",
  slug: "unexpected-listener",
  title: "Program of unknown origin waits for connections",
  category: "Abnormal network access",
  type: "Unknown network access",
  severity: "high",
  attack: ["T1205", "T1571"],
  maturity: "stable",
  needs: ["processes", "sockets", "ownership", "host"],
  falsePositives: [
    "A development server that was compiled into a temporary folder.",
    "An operator who receives a file with nc.",
  ],
  weakness: "A backdoor behind a packaged program, or one that waits for a magic packet, has no listener of its own.",
  run({ processes, sockets, ownership, host }): readonly Finding[] {
    const byPid = new Map(processes.map((process) => [process.pid, process]));
    const listeners = sockets.filter(({ protocol, state }) => state === "LISTEN" && /^tcp6?$/.test(protocol));
    const held = new Map<ProcessFact, SocketFact[]>();
    for (const socket of listeners) {
      for (const pid of socket.pids) {
        const process = byPid.get(pid);
        if (process === undefined) continue;
        const others = held.get(process);
        if (others === undefined) held.set(process, [socket]);
        else others.push(socket);
      }
    }
    const findings = [...held].flatMap(([process, held]) => judge(process, held, ownership));
    // Only root sees every holder; and where processes hide their descriptors, a missing holder means nothing.
    const seesAll =
      host.euid === 0 && processes.every(({ unread }) => !unread.some((field) => field.startsWith("fd:")));
    return seesAll ? [...findings, ...listeners.flatMap((socket) => judgeOwnerless(socket, listeners))] : findings;
  },
});

function judge(process: ProcessFact, sockets: readonly SocketFact[], ownership: OwnershipFact): readonly Finding[] {
  const reason = reasonAgainst(process, ownership);
  if (reason === undefined) return [];
  const isOpen = sockets.some(({ localAddress }) => addressScope(localAddress) !== "loopback");
  // On the loopback only: a helper of another program, or the near end of a tunnel.
  const points = isOpen ? reason.points : Math.ceil(reason.points / 2);
  const ports = [...new Set(sockets.map(({ localAddress, localPort }) => `${localAddress}:${localPort}`))];
  return [
    {
      subject: { kind: "process", key: processKey(process) },
      points,
      text: `It waits for connections on ${ports.slice(0, 5).join(", ")}${ports.length > 5 ? " and more" : ""}; ${reason.text}.`,
      source: "/proc/net/tcp",
      severity: points >= 30 ? "high" : "low",
    },
  ];
}

function reasonAgainst(
  process: ProcessFact,
  ownership: OwnershipFact,
): { readonly points: number; readonly text: string } | undefined {
  const { exe } = process;
  if (exe === undefined) return undefined;
  const shown = showBytes(exe.path, 200);
  if (exe.isMemfd) return { points: 40, text: "its program exists in memory only" };
  const owner = exe.isDeleted ? (ownership.byPath.get(exe.path) ?? "unknown") : ownerOfExecutable(process, ownership);
  const place = oddPlace(exe.path);
  if (place !== undefined && typeof owner !== "object")
    return { points: 35, text: `its program ${shown} lies in ${place.phrase}` };
  if (owner === "unowned" && /^\/(?:usr\/)?(?:s?bin|lib|lib64|libexec)\//.test(exe.path))
    return { points: 30, text: `no package put ${shown} among the programs of the system` };
  if (typeof owner === "object" && owner.digest === "modified")
    return { points: 30, text: `${shown} is not the file that its package installed` };
  const name = programName(process);
  if (isRelay(name))
    return process.tty === 0
      ? { points: 30, text: `${showBytes(basename(exe.path), 40)} relays for whoever connects` }
      : undefined;
  if (!isScriptLanguage(name) && !isShell(name)) return undefined;
  const script = scriptOfProcess(process);
  const scriptPlace = script === undefined ? undefined : oddPlace(script);
  if (script !== undefined && scriptPlace !== undefined)
    return { points: 30, text: `it runs the script ${showBytes(script, 200)}, which lies in ${scriptPlace.phrase}` };
  const hasText = process.argv.slice(1).some((argument) => /^-\w*[ceE]$|^-r$/.test(argument));
  return script === undefined && hasText ? { points: 20, text: "its program is text on the command line" } : undefined;
}

/**
 * A listener that no process holds although every descriptor was read: its holder is
 * hidden, or ended a moment ago. Listeners of the kernel have no inode.
 */
function judgeOwnerless(socket: SocketFact, listeners: readonly SocketFact[]): readonly Finding[] {
  if (socket.pids.length > 0 || socket.inode === "0" || addressScope(socket.localAddress) === "loopback") return [];
  // In another namespace, holders outside of our view are normal: compare with one where some are visible.
  const seesNamespace = listeners.some(({ namespace, pids }) => namespace === socket.namespace && pids.length > 0);
  if (!seesNamespace) return [];
  return [
    {
      subject: { kind: "host" },
      points: 30,
      text: `Something waits for connections on ${socket.localAddress}:${socket.localPort}, and no visible process holds that socket.`,
      source: "/proc/net/tcp",
      severity: "medium",
    },
  ];
}
