/** Rows per level: the editor's tree has no paging, and a level is sent whole. */
export const rowLimit = 200;

/**
 * The first of each id. The editor refuses a whole tree in which two rows have one id,
 * and a hostile host could blind a view that way.
 */
export function distinct<T extends { readonly id: string }>(items: readonly T[]): readonly T[] {
  const seen = new Set<string>();
  return items.filter(({ id }) => {
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}
