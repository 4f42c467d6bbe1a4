/** What is known about a host after the handshake. All of it is reported by the host. */
export interface HostSummary {
  /** Stable across reboots, 32 hex digits. */
  readonly id: string;
  readonly bootId: string;
  readonly name: string;
  readonly os: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly uptimeSeconds: number;
  /** The host's wall clock when it answered, milliseconds since the epoch. */
  readonly wallMs: number;
}
