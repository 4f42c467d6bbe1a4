import type { OpsError } from "#core/opsError";
import type { ExecChannel, ExitStatus, Shell } from "../shell/shell.ts";

/** What a connection attempt is doing, for a progress display. */
export type ConnectPhase = "resolve" | "tcp" | "hostKey" | "auth" | "ready";

export interface PhaseReport {
  readonly phase: ConnectPhase;
  /** The hop it is about, under the name the operator knows it by. */
  readonly host: string;
  /** From 1; the target is the last one. */
  readonly hop: number;
  readonly hops: number;
}

/** One verified and authenticated way to a host. Nothing here is specific to an SSH library. */
export interface Transport extends Shell {
  readonly info: TransportInfo;
  /**
   * Starts a command. At most four run at a time on one connection; further ones wait, and
   * a server that allows fewer is given fewer.
   * @throws OpsError `connectionLost`, `cancelled`, or `refused` when the server opens no channel
   */
  exec(command: string, options?: ExecOptions): Promise<RemoteChannel>;
  /** Ends the connection and those of its jump hosts; settles within 2 s. Harmless when it has ended. */
  close(): Promise<void>;
  readonly isClosed: boolean;
  /**
   * Calls back once when the connection has ended: with the reason, or with undefined after
   * `close()`. At once when it has ended already. Returns a function that unsubscribes.
   */
  onClosed(listener: (reason: OpsError | undefined) => void): () => void;
}

export interface TransportInfo {
  readonly host: string;
  readonly user: string;
  readonly hostName: string;
  readonly port: number;
  /** In the order in which they were connected, the target last. */
  readonly hops: readonly HopInfo[];
}

export interface HopInfo {
  readonly host: string;
  /** `SHA256:…` of the verified host key. */
  readonly fingerprint: string;
  readonly keyType: string;
  readonly keyExchange: string;
  readonly cipher: string;
  /** Empty for ciphers that authenticate by themselves. */
  readonly mac: string;
  /** The banner shown before login, safe to show; empty when there was none. */
  readonly banner: string;
  /** What the configuration asks for and this transport does not do. */
  readonly notes: readonly string[];
}

export interface ExecOptions {
  readonly signal?: AbortSignal;
  /** More standard output than this ends the channel with `protocolViolation`. Default: no limit but back-pressure. */
  readonly maxStdoutBytes?: number;
  /** How long to wait without any other channel ending, in ms. Default 30 000. */
  readonly openTimeoutMs?: number;
}

/**
 * A running command. Closing the channel does not end the command on the host: it has to
 * notice the end of its standard input.
 *
 * Standard output stops the remote end while 1 MiB of it waits unread. Standard error never
 * does: what nobody reads is dropped past 1 MiB.
 */
export interface RemoteChannel extends ExecChannel {
  readonly exited: Promise<ChannelExit>;
  /** Asks the server to signal the command, for example `TERM`; works for processes of the login user only. */
  signal(name: string): void;
}

export interface ChannelExit extends ExitStatus {
  /** Why there is no status: the connection was lost, or the command printed too much. */
  readonly failure?: OpsError;
}
