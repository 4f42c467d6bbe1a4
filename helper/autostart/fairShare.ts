/**
 * Cuts a list to `limit` so that no group crowds out another: a user who fills a crontab
 * with thousands of lines loses lines of that crontab, and nobody else's are missing.
 * @param limit highest sum of weights that may stay; each value weighs 1 unless told
 * @returns what is kept, in the order given, and how many values were cut by group
 */
export function fairShare<Value>(
  values: readonly Value[],
  limit: number,
  groupOf: (value: Value) => string,
  weightOf: (value: Value) => number = () => 1,
): { readonly kept: readonly Value[]; readonly cut: ReadonlyMap<string, number> } {
  const sizes = new Map<string, number>();
  for (const value of values) sizes.set(groupOf(value), (sizes.get(groupOf(value)) ?? 0) + weightOf(value));
  const room = new Map<string, number>();
  let left = limit;
  const bySize = [...sizes].sort(([, one], [, other]) => one - other);
  for (const [index, [group, size]] of bySize.entries()) {
    const share = Math.min(size, Math.floor(left / (bySize.length - index)));
    left -= share;
    room.set(group, share);
  }
  const cut = new Map<string, number>();
  const kept = values.filter((value) => {
    const group = groupOf(value);
    const free = (room.get(group) ?? 0) - weightOf(value);
    if (free < 0) cut.set(group, (cut.get(group) ?? 0) + 1);
    else room.set(group, free);
    return free >= 0;
  });
  return { kept, cut };
}
