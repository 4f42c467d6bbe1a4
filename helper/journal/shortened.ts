/** A tree of thousands must not make a result that the wire refuses after everything was done. */
export function shortened(detail: string): string {
  return detail.length <= 8000 ? detail : `${detail.slice(0, 7999)}…`;
}
