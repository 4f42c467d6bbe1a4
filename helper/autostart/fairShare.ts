/**
 * Cuts a list to `limit` so that no group crowds out another: a user who fills a crontab
 * with thousands of lines loses lines of that crontab, and nobody else's are missing.
 * @returns what is kept, in the order given, and how many were cut by group
 */
export function fairShare<Value>(
  values: readonly Value[],
  limit: number,
  groupOf: (value: Value) => string,
): { readonly kept: readonly Value[]; readonly cut: ReadonlyMap<string, number> } {
  const sizes = new Map<string, number>();
  for (const value of values) sizes.set(groupOf(value), (sizes.get(groupOf(value)) ?? 0) + 1);
  const cut = new Map<string, number>();
  const room = new Map<string, number>();
  let left = limit;
  const bySize = [...sizes].sort(([, one], [, other]) => one - other);
  for (const [index, [group, size]] of bySize.entries()) {
    const share = Math.min(size, Math.floor(left / (bySize.length - index)));
    left -= share;
    room.set(group, share);
    if (share < size) cut.set(group, size - share);
  }
  const kept = values.filter((value) => {
    const group = groupOf(value);
    const free = room.get(group) ?? 0;
    room.set(group, free - 1);
    return free > 0;
  });
  return { kept, cut };
}
