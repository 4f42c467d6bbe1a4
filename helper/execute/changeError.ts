import { OpsError } from "#core/opsError";
import { errorCode } from "./errorCode.ts";

/**
 * Turns what a changing system call said into a foreseen failure. `what` completes
 * "… failed". Throws what no system call said: that is a bug of ours.
 */
export function changeError(error: unknown, what: string): OpsError {
  if (OpsError.is(error)) return error;
  if (!(error instanceof Error && "syscall" in error)) throw error;
  const code = errorCode(error);
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new OpsError("noSpace", `${what} failed: no space left (${code}).`, {
        nextStep: "Free some space on the file system of the state folder and try again.",
        cause: error,
      });
    case "EROFS":
      return new OpsError("readOnly", `${what} failed: the file system is mounted read-only.`, {
        nextStep: "Mount it writable or remove the file where it is provided from.",
        cause: error,
      });
    case "EACCES":
    case "EPERM":
      return new OpsError("permissionDenied", `${what} failed: not permitted (${code}).`, { cause: error });
    case "EEXIST":
      return new OpsError("alreadyExists", `${what} failed: something exists there already.`, { cause: error });
    case "ENOENT":
      return new OpsError("notFound", `${what} failed: it does not exist.`, { cause: error });
    default:
      return new OpsError("bug", `${what} failed (${code}).`, { cause: error });
  }
}
