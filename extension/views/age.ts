/** How long ago something was learnt, as the views say it: `just now`, `3 min ago`, `2 h ago`, `5 d ago`. */
export function describeAge(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 45) return "just now";
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} d ago`;
}

/** A host's time as text; hosts may report times that no calendar has. */
export function describeTime(milliseconds: number): string {
  if (!Number.isFinite(milliseconds) || Math.abs(milliseconds) > 8.64e15) return "an impossible time";
  return new Date(milliseconds).toISOString().replace("T", " ").slice(0, 19).concat(" UTC");
}
