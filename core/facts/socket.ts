export interface SocketFact {
  readonly protocol: "tcp" | "tcp6" | "udp" | "udp6" | "packet" | "unix";
  /** Network namespace inode, to tell a container's sockets from the host's. */
  readonly namespace: string;
  readonly inode: string;
  /** Textual address, for Unix sockets the path, for packet sockets the interface; IPv4-mapped IPv6 addresses are shown as IPv4. */
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** proc(5) state in words: LISTEN, ESTABLISHED, SYN_SENT, ...; empty where it means nothing. */
  readonly state: string;
  /** Owner; -1 for Unix sockets, whose table does not tell. */
  readonly uid: number;
  /** Pids that hold it, in ascending order; empty when no visible process does. */
  readonly pids: readonly number[];
}
