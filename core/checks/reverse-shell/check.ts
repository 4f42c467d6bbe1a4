import type { ProcessFact } from "../../facts/process.ts";
import { processKey } from "../../facts/process.ts";
import { showBytes } from "../../text/showBytes.ts";
import { addressScope } from "../../network/addressScope.ts";
import { defineCheck, type Finding, type Severity } from "../check.ts";
import { isBareShell } from "../bareShell.ts";
import { Connections, type Connection } from "../connections.ts";
import { oddPlace } from "../oddPlace.ts";
import { ProcessTree } from "../processTree.ts";
import { isRelay, isScriptLanguage, isShell, programName } from "../programName.ts";
import { scriptOfProcess } from "../scriptOfProcess.ts";
import { isSearchTool } from "../searchTools.ts";
import { remoteShellInText } from "./remoteShellText.ts";
import { findRelayLoop } from "./relayLoop.ts";

export const check = defineCheck({
  id: "P09",
  slug: "reverse-shell",
  title: "Shell in the hands of somebody on the network",
  category: "Abnormal system behavior",
  type: "Reverse shells",
  severity: "critical",
  attack: ["T1059.004", "T1071"],
  maturity: "stable",
  needs: ["processes", "sockets"],
  falsePositives: [
    "A service that a super-server other than systemd, inetd or xinetd starts with the connection as its streams.",
    "An operator who tests a relay such as socat with a shell on purpose.",
  ],
  weakness:
    "An agent that reads commands over its own encrypted connection and runs them one by one never hands its streams to a shell.",
  run({ processes, sockets }): readonly Finding[] {
    const tree = new ProcessTree(processes);
    const connections = new Connections(sockets, tree);
    return processes.flatMap((process) => {
      const hints = [
        judgeStreams(process, connections),
        judgeRelayLoop(process, processes, connections),
        judgeParent(process, tree, connections),
        judgeText(process),
      ].filter((hint) => hint !== undefined);
      const strongest = hints.sort((left, right) => right.points - left.points)[0];
      if (strongest === undefined) return [];
      const subject = { kind: "process", key: processKey(process) } as const;
      return [{ subject, ...strongest, severity: severityOf(strongest.points) }];
    });
  },
});

function severityOf(points: number): Severity {
  return points >= 90 ? "critical" : points >= 60 ? "high" : "medium";
}

interface Hint {
  readonly points: number;
  readonly text: string;
  readonly source: string;
}

/** Input and output of a program are one and the same network connection. */
function judgeStreams(process: ProcessFact, connections: Connections): Hint | undefined {
  const [input, output, errors] = process.standardStreams;
  const connection = input === output || input === errors ? connections.behind(input) : undefined;
  if (connection === undefined) return undefined;
  const name = programName(process);
  const what = `Its input and output are the network connection ${showConnection(connection)}`;
  const source = `/proc/${process.pid}/fd`;
  if (connection.acceptor === "superServer") {
    // inetd and Accept=yes units hand the connection over by design; a shell without a script does not serve.
    return isShell(name) && isBareShell(process)
      ? {
          points: 100,
          source,
          text: `${what}, accepted for it by ${connections.showAcceptor(connection)}: a login without a password.`,
        }
      : undefined;
  }
  if (isShell(name)) {
    if (connection.acceptor === "other" && !isBareShell(process)) return undefined;
    return { points: 100, source, text: `${what}: whoever is at the other end types its commands.` };
  }
  if (connection.acceptor === "other") return undefined;
  // A daemon that inetd started outlives the listener when that is stopped meanwhile.
  const points =
    isScriptLanguage(name) || isRelay(name) || isSuspectProgram(process) ? 90 : isDistributions(process) ? 30 : 65;
  return { points, source, text: `${what}, and no service of the host accepted it.` };
}

/** `sh < pipe | nc > pipe`: the shell reads what a network program writes and the other way round. */
function judgeRelayLoop(
  process: ProcessFact,
  processes: readonly ProcessFact[],
  connections: Connections,
): Hint | undefined {
  if (!isShell(programName(process)) && !isScriptLanguage(programName(process))) return undefined;
  const relay = findRelayLoop(process, processes, (candidate) => connections.ofProcess(candidate)[0] !== undefined);
  const connection = relay === undefined ? undefined : connections.ofProcess(relay)[0];
  if (relay === undefined || connection === undefined) return undefined;
  return {
    points: 100,
    source: `/proc/${process.pid}/fd`,
    text: `Its output goes through a pipe to process ${relay.pid} (${showBytes(relay.comm, 64)}) with the connection ${showConnection(connection)}, and what that one receives comes back as its input.`,
  };
}

/** A relay, or a program that hides, started an interactive shell and holds a connection. */
function judgeParent(process: ProcessFact, tree: ProcessTree, connections: Connections): Hint | undefined {
  if (!isShell(programName(process)) || !isBareShell(process)) return undefined;
  const parent = tree.parentOf(process);
  if (parent === undefined) return undefined;
  const connection = connections.ofProcess(parent)[0];
  if (connection === undefined) return undefined;
  const points = pointsAgainstParent(process, parent, connections);
  if (points === undefined) return undefined;
  return {
    points,
    source: `/proc/${process.pid}/stat`,
    text: `Process ${parent.pid} (${showBytes(parent.comm, 64)}), which holds the connection ${showConnection(connection)}, started it as an interactive shell.`,
  };
}

function pointsAgainstParent(shell: ProcessFact, parent: ProcessFact, connections: Connections): number | undefined {
  const name = programName(parent);
  const isLanguage = isScriptLanguage(name);
  if (isRelay(name) || isSuspectProgram(parent)) return 100;
  if (isLanguage && connections.behind(parent.standardStreams[0]) !== undefined) return 100;
  // Commands come through pipes: from a connection that the parent opened, or from the parent itself,
  // as an agent of a build server does it. A terminal is how servers of terminals work.
  const [input] = shell.standardStreams;
  if (shell.tty !== 0 || input === undefined || !/^(?:pipe|socket):\[/.test(input)) return undefined;
  const outbound = connections.ofProcess(parent).filter(({ acceptor }) => acceptor === "none");
  if (!outbound.some(({ socket }) => addressScope(socket.remoteAddress) !== "loopback")) return undefined;
  const script = isLanguage ? scriptOfProcess(parent) : undefined;
  if (script !== undefined && oddPlace(script) !== undefined) return 90;
  if (isLanguage) return script === undefined ? 70 : 50;
  return isDistributions(parent) ? undefined : 40;
}

function isDistributions({ exe }: ProcessFact): boolean {
  return /^\/usr\/(?:s?bin|lib|libexec)\/|^\/(?:s?bin|lib)\//.test(exe?.path ?? "");
}

function judgeText(process: ProcessFact): Hint | undefined {
  const name = programName(process);
  // awk looks through text, and can open connections as well.
  if (process.argv.length === 0 || (isSearchTool(process) && !isScriptLanguage(name))) return undefined;
  const found = remoteShellInText(process.argv, name);
  return found === undefined ? undefined : { ...found, source: `/proc/${process.pid}/cmdline` };
}

/** A deleted executable alone does not count: an upgrade leaves every open ssh session with one. */
function isSuspectProgram({ exe }: ProcessFact): boolean {
  return exe !== undefined && (exe.isMemfd || oddPlace(exe.path) !== undefined);
}

function showConnection({ socket }: Connection): string {
  const scope = addressScope(socket.remoteAddress);
  const far =
    scope === "public"
      ? "an address on the internet"
      : scope === "private"
        ? "an address of a private network"
        : "this host itself";
  return `${socket.localAddress}:${socket.localPort} – ${socket.remoteAddress}:${socket.remotePort} (${far})`;
}
