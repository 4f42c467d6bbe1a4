import type { ProcessFact } from "../facts/process.ts";
import type { SocketFact } from "../facts/socket.ts";
import type { ByteString } from "../text/byteString.ts";
import type { ProcessTree } from "./processTree.ts";
import { programName } from "./programName.ts";
import { oddPlace } from "./oddPlace.ts";

export interface Connection {
  readonly socket: SocketFact;
  /**
   * Who listens on the local port: `none` means that the host itself connected, or that
   * the listener closed after one guest as `nc -l` does; `superServer` is init or inetd.
   */
  readonly acceptor: "none" | "superServer" | "other";
}

/** Looks up TCP and UDP connections by descriptor and by process. */
export class Connections {
  readonly #byInode = new Map<string, SocketFact>();
  readonly #listeners = new Map<string, SocketFact>();
  readonly #tree: ProcessTree;

  constructor(sockets: readonly SocketFact[], tree: ProcessTree) {
    this.#tree = tree;
    for (const socket of sockets) {
      if (socket.state === "LISTEN") this.#listeners.set(portKey(socket), socket);
      else if (isConnection(socket)) this.#byInode.set(socket.inode, socket);
    }
  }

  /** The connection behind a descriptor such as `socket:[123]`. */
  behind(stream: ByteString | undefined): Connection | undefined {
    const inode = /^socket:\[(\d{1,20})\]$/.exec(stream ?? "")?.[1];
    const socket = inode === undefined ? undefined : this.#byInode.get(inode);
    return socket === undefined ? undefined : { socket, acceptor: this.#acceptorOf(socket) };
  }

  ofProcess(process: ProcessFact): readonly Connection[] {
    return process.socketInodes.flatMap((inode) => this.behind(`socket:[${inode}]`) ?? []);
  }

  showAcceptor({ socket }: Connection): string {
    const pids = this.#listeners.get(portKey(socket))?.pids ?? [];
    return pids.length === 0 ? "a super-server" : `process ${pids.join(", ")}`;
  }

  #acceptorOf(socket: SocketFact): Connection["acceptor"] {
    const listener = this.#listeners.get(portKey(socket));
    if (listener === undefined) return "none";
    return listener.pids.some((pid) => this.#isSuperServer(pid)) ? "superServer" : "other";
  }

  #isSuperServer(pid: number): boolean {
    const process = this.#tree.get(pid);
    if (process === undefined) return false;
    if (pid === 1) return true;
    if (process.exe === undefined || process.exe.isMemfd || oddPlace(process.exe.path) !== undefined) return false;
    return superServers.has(programName(process));
  }
}

const superServers = new Set([
  "systemd",
  "init",
  "inetd",
  "xinetd",
  "openbsd-inetd",
  "tcpserver",
  "s6-tcpserver",
  "ipsvd",
  "tcpsvd",
  "launchd",
]);

function isConnection({ protocol, state, remotePort }: SocketFact): boolean {
  if (protocol === "tcp" || protocol === "tcp6")
    return state === "ESTABLISHED" || state === "CLOSE_WAIT" || state === "SYN_SENT";
  return (protocol === "udp" || protocol === "udp6") && remotePort !== 0;
}

function portKey({ protocol, namespace, localPort }: SocketFact): string {
  // A listener on an IPv6 wildcard accepts IPv4 guests as well.
  return `${namespace} ${protocol.slice(0, 3)} ${localPort}`;
}
