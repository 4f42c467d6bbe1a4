/** The time limits of a connection, in ms. */
export interface ConnectTiming {
  /** For the network part of each hop; it stands still while the operator answers. */
  readonly readyTimeoutMs: number;
  readonly keepaliveIntervalMs: number;
  /** Unanswered keepalives before the connection counts as lost. */
  readonly keepaliveCount: number;
}

/**
 * A silent host is noticed after (count + 1) intervals, because the last keepalive gets
 * its own interval to be answered: 56 s, within the minute that is promised.
 */
export const defaultTiming: ConnectTiming = {
  readyTimeoutMs: 20_000,
  keepaliveIntervalMs: 14_000,
  keepaliveCount: 3,
};
