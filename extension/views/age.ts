/** Clocks of two machines are never quite the same. */
const toleranceMs = 60_000;

/** How long ago something was learnt, as the views say it: `just now`, `3 min ago`, `2 h ago`, `5 d ago`. */
export function describeAge(at: number, now: number): string {
  if (!Number.isFinite(at) || !Number.isFinite(now)) return "at an unknown time";
  // A clock that was set back must not make old news look fresh.
  if (at > now + toleranceMs) return "at a time in the future";
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
  // Years before 0 and after 9999 have more digits, so the end is cut by what it holds.
  return new Date(milliseconds)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d{3}Z$/, " UTC");
}
