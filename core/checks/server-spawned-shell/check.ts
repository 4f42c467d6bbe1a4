import { processKey, type ProcessFact } from "../../facts/process.ts";
import { findDownloadAndRun } from "../../shell/downloadAndRun.ts";
import { showBytes } from "../../text/showBytes.ts";
import { isBareShell } from "../bareShell.ts";
import { defineCheck, type Finding } from "../check.ts";
import { Connections } from "../connections.ts";
import { oddPlace } from "../oddPlace.ts";
import { ProcessTree } from "../processTree.ts";
import { isDownloader, isRelay, isShell, programName } from "../programName.ts";
import { scriptOfProcess } from "../scriptOfProcess.ts";
import { ServerOrigins, type Server } from "./serverOrigins.ts";

export const check = defineCheck({
  id: "P20",
  slug: "server-spawned-shell",
  title: "Network service that started a shell or a foreign program",
  category: "Abnormal system behavior",
  type: "Suspicious process execution",
  severity: "critical",
  attack: ["T1505.003", "T1190"],
  maturity: "stable",
  needs: ["processes", "sockets"],
  falsePositives: [
    "A deploy hook or a build server that runs shell commands by design.",
    "An application that calls command-line tools, for example to convert images or to send mail.",
  ],
  weakness: "A shell that left its service's process tree and control group cannot be traced back to it.",
  run({ processes, sockets }): readonly Finding[] {
    const tree = new ProcessTree(processes);
    const connections = new Connections(sockets, tree);
    const origins = new ServerOrigins(processes, sockets, tree);
    return processes.flatMap((process) => {
      const server = origins.of(process);
      return server === undefined ? [] : judge(process, server, tree, connections);
    });
  },
});

function judge(process: ProcessFact, server: Server, tree: ProcessTree, connections: Connections): readonly Finding[] {
  const hint = hintAgainst(process, server, tree, connections);
  if (hint === undefined) return [];
  const name = showBytes(programName(server.process), 60);
  return [
    {
      subject: { kind: "process", key: processKey(process) },
      points: hint.points,
      text: `The network service ${name} (process ${server.process.pid}) started it, and ${hint.text}.`,
      source: `/proc/${process.pid}/stat`,
      severity: hint.points >= 80 ? "critical" : hint.points >= 55 ? "high" : hint.points >= 35 ? "medium" : "low",
    },
  ];
}

interface Hint {
  readonly points: number;
  readonly text: string;
}

function hintAgainst(
  process: ProcessFact,
  server: Server,
  tree: ProcessTree,
  connections: Connections,
): Hint | undefined {
  const { exe } = process;
  if (exe === undefined) return undefined;
  const builds = server.kind === "builder";
  if (exe.isMemfd) return { points: 80, text: "it runs from anonymous memory" };
  const place = oddPlace(exe.path);
  // A service that itself lies in a temporary folder, as in a test, starts its own tools there.
  const isAtHome = oddPlace(server.process.exe?.path ?? "") !== undefined;
  if (place !== undefined && !isAtHome)
    return { points: builds ? (place.points >= 45 ? 50 : 25) : 65, text: `its program lies in ${place.phrase}` };
  const name = programName(process);
  if (isRelay(name)) return { points: builds ? 30 : 60, text: "it relays streams to the network" };
  if (isDownloader(name)) return builds ? undefined : { points: 50, text: "it downloads something" };
  if (!isShell(name)) return undefined;
  if (connections.behind(process.standardStreams[0]) !== undefined && isBareShell(process))
    return { points: 90, text: "it is a shell with a network connection as its input" };
  const text = process.argv
    .slice(1)
    .join("\n")
    .slice(0, 1 << 20);
  if (
    findDownloadAndRun(text).some(
      ({ sources }) => sources.length === 0 || sources.some(({ kind }) => kind !== "official"),
    )
  )
    return { points: builds ? 55 : 90, text: "its command downloads a program and runs it" };
  const script = scriptOfProcess(process);
  const scriptPlace = script === undefined ? undefined : oddPlace(script);
  if (scriptPlace !== undefined && !builds) return { points: 60, text: `its script lies in ${scriptPlace.phrase}` };
  const children = tree.childrenOf(process);
  if (
    children.some((child) => child.exe !== undefined && !child.exe.isMemfd && oddPlace(child.exe.path) !== undefined) &&
    !builds
  )
    return { points: 60, text: "it started a program from a folder where none belongs" };
  if (!builds && (usesNetworkTools.test(text) || children.some((child) => isDownloader(programName(child)))))
    return { points: 60, text: "its command downloads something" };
  if (tampers.test(text))
    return { points: builds ? 20 : 60, text: "its command prepares a program or plants it for later" };
  if (!builds && looksAround.test(text))
    return { points: 45, text: "its command looks around on the host as an intruder does" };
  if (isBareShell(process) && !builds) return { points: 50, text: "it is a shell that waits for commands" };
  // ExecStartPost and ExecReload of a unit are shells of the service manager in the same control group.
  if (server.isByUnit) return undefined;
  switch (server.kind) {
    case "never":
      return { points: 60, text: "that service has no reason to start a shell" };
    case "sometimes":
      return { points: 15, text: "that service starts shells seldom" };
    case "builder":
    case "database":
      return undefined;
  }
}

const usesNetworkTools = /\b(?:curl|wget|lwp-download|tftp|ftpget|ncat|netcat|nc)\s|\/dev\/tcp\//;
const tampers =
  /\bchmod\s{1,4}(?:-R\s)?(?:\+x|[0-7]?7[0-7]{2}|u\+x|a\+x)\s{1,4}(?:\/var)?\/(?:tmp|dev\/shm)|\bcrontab\s|\/etc\/(?:cron|ld\.so\.preload|rc\.local)|authorized_keys|\bchattr\s|\bbase64\s{1,4}-(?:d|-decode)\b/;
const looksAround =
  /^(?:-\w+\n)?\s*(?:id|whoami|uname(?:\s-\w+)?|hostname|pwd|ifconfig|ip\sa\w*|w|who|ps\s\w+|netstat\s-\w+|cat\s\/etc\/(?:passwd|shadow|issue|os-release))\s*(?:$|[;&|\n])/;
