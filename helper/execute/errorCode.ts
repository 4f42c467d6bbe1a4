/** `ENOENT`, `EACCES`, ... of a failed system call; the message of anything else. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : String(error);
}
