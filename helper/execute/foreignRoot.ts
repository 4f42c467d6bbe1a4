import { OpsError } from "#core/opsError";
import type { ProcessIdentity } from "#core/facts/process";
import type { ByteString } from "#core/text/byteString";
import { LiveProcess } from "./liveProcess.ts";

export interface ForeignRoot {
  /** Where `/` of that process is, for {@link HeldFolder.open}. */
  readonly root: string;
  readonly mountNamespace: ByteString;
  readonly close: () => void;
}

/**
 * Holds the root folder of a process in another mount namespace, so that a path of a
 * container can never mean the host's file of the same name (RELIABILITY F36).
 * Throws an OpsError `preconditionChanged` when that process is not there any more.
 */
export function resolveThrough(identity: ProcessIdentity): ForeignRoot {
  const live = LiveProcess.open(identity.pid);
  const mountNamespace = live?.readLink("ns/mnt");
  if (live === undefined || mountNamespace === undefined || !live.matches(identity)) {
    live?.close();
    throw new OpsError(
      "preconditionChanged",
      `Process ${identity.pid}, through whose root the path is meant, has ended.`,
    );
  }
  return { root: live.path("root"), mountNamespace, close: () => live.close() };
}
