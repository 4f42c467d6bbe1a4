import type { Readable, Writable } from "node:stream";
import type { OpsError } from "#core/opsError";

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
export interface Transport {
  readonly info: TransportInfo;
  /**
   * Starts a command. At most four run at a time on one connection; further ones wait, and
   * a server that allows fewer is given fewer.
   * @throws OpsError `connectionLost`, `cancelled`, or `refused` when the server opens no channel
   */
  exec(command: string, options?: ExecOptions): Promise<RemoteChannel>;
  /** Runs a command to its end and collects what it printed, within byte limits. */
  run(command: string, options?: RunOptions): Promise<RunResult>;
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
 */
export interface RemoteChannel {
  readonly stdin: Writable;
  /** Must be read: it stops the remote end when 1 MiB waits unread. */
  readonly stdout: Readable;
  /** Standard error in pieces as it arrives, from the beginning. Always drained, even with no listener. */
  onStderr(listener: (chunk: Buffer) => void): void;
  /** The last 16 KiB of standard error. */
  stderrTail(): Buffer;
  /**
   * Settles when the channel is closed on both sides.
   * Rejects with OpsError `connectionLost` or `protocolViolation`.
   */
  readonly exit: Promise<ChannelExit>;
  /** Asks the server to signal the command, for example `TERM`; works for processes of the login user only. */
  signal(name: string): void;
  close(): void;
}

export interface ChannelExit {
  /** Undefined when a signal ended the command, or when the server gave no status. */
  readonly code: number | undefined;
  /** For example `SIGKILL`. */
  readonly signal: string | undefined;
}

export interface RunOptions {
  readonly stdin?: Buffer | string;
  /** Default 1 MiB; what is beyond is dropped and `isTruncated` is set. */
  readonly maxStdoutBytes?: number;
  /** Default 64 KiB. */
  readonly maxStderrBytes?: number;
  /** Default 60 000; the channel is closed and `timedOut` thrown. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface RunResult extends ChannelExit {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly isTruncated: boolean;
}
