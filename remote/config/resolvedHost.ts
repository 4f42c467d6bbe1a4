/** How an operator's reference is reached: the target and the hosts to jump through. */
export interface ResolvedHost {
  /** The reference as it was given. */
  readonly reference: string;
  /** In the order in which they are connected; empty for a direct connection. */
  readonly jumps: readonly ResolvedHop[];
  readonly target: ResolvedHop;
}

export type AuthMethodName = "publickey" | "keyboard-interactive" | "password";

/** One SSH server on the way, with everything that its connection needs to know. */
export interface ResolvedHop {
  /** The name in the ssh configuration or on the command line. */
  readonly alias: string;
  /** The name or address to connect to. */
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  /** The name under which the host's key is known, when it is not the host name. */
  readonly hostKeyAlias?: string;
  /** Absolute paths, in the order in which they are tried. */
  readonly identityFiles: readonly string[];
  /** False when the identity files are only OpenSSH's default names. */
  readonly identitiesAreChosen: boolean;
  /** Only keys named by `identityFiles` are offered, even if the agent holds others. */
  readonly identitiesOnly: boolean;
  /** The agent's socket or pipe. */
  readonly identityAgent?: string;
  /** User files first, then global ones; a file that does not exist is an empty one. */
  readonly knownHostsFiles: readonly string[];
  /** Files of keys that must never be accepted (RevokedHostKeys). */
  readonly revokedKeysFiles: readonly string[];
  readonly authMethods: readonly AuthMethodName[];
  readonly addressFamily: "any" | "inet" | "inet6";
  readonly bindAddress?: string;
  /** What the configuration asks for and this transport does not do, in words for the operator. */
  readonly notes: readonly string[];
}
