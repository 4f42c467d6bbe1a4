/** What one end accepts from the other. The host is hostile, so these are hard ends, not hints. */
export interface FrameLimits {
  /** Longest body of one message in bytes. */
  readonly frameBytes: number;
  /** Deepest nesting of arrays and objects. */
  readonly depth: number;
  /** All bytes of one session. */
  readonly totalBytes: number;
}

export const defaultLimits: FrameLimits = {
  frameBytes: 16 * 2 ** 20,
  depth: 48,
  totalBytes: 2 ** 30,
};

/** Seconds between two signs of life from the operator's side. */
export const heartbeatSeconds = 10;

/** Seconds without a sign of life after which the helper ends by itself. */
export const silenceLimitSeconds = 30;

/** Longest list that one result may carry; the sender cuts and says so. */
export const listLimit = 20_000;
