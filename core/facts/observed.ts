/**
 * What a collector has to say about one fact: it looked (perhaps not everywhere), or it
 * could not look. "Could not look" never turns into an empty list, because an empty
 * list reads as "clean".
 */
export type Observed<T> = Seen<T> | Unseen;

export interface Seen<T> {
  readonly kind: "seen";
  readonly value: T;
  /** What was left out and why, one sentence each; empty when the collector saw everything. */
  readonly gaps: readonly string[];
}

export interface Unseen {
  readonly kind: "unseen";
  readonly reason: string;
}

export function seen<T>(value: T, gaps: readonly string[] = []): Seen<T> {
  return { kind: "seen", value, gaps };
}

export function unseen(reason: string): Unseen {
  return { kind: "unseen", reason };
}
