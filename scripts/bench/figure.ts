/** One row of the result: a value, and what it is compared with in the same run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the peer is and its value, where there is one. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** `value` over the value of the peer. */
  readonly ratio?: number;
  /** As text, for example `ratio <= 2.5`. */
  readonly goal: string;
  readonly isMet: boolean;
}

/**
 * What a file in scripts/bench/figures/ exports as `benchmark`. It measures and cleans
 * up after itself; `unavailable` says in one sentence what this machine lacks for it.
 */
export interface Benchmark {
  readonly name: string;
  unavailable?(): string | undefined;
  measure(): Promise<readonly Figure[]>;
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const [lower = 0, upper = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return (lower + upper) / 2;
}
