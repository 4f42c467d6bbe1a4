import type { IsolatedFile } from "#core/plans/isolatedFile";
import { wirePath } from "#helper/execute/bytesOfPath";
import type { QuarantineRecord, RecordState } from "./record.ts";

/** The form for people and for the wire. */
export function isolatedFile(record: QuarantineRecord): IsolatedFile {
  const { original, digests, alarm } = record;
  return {
    id: record.id,
    ...wirePath(Buffer.from(record.path, "base64").toString("latin1")),
    sha256: digests?.sha256 ?? record.plannedSha256,
    size: Number(original.size),
    mode: original.mode,
    uid: original.uid,
    gid: original.gid,
    isolatedAt: record.isolatedAt,
    source: record.source,
    status: statusOf(record.state),
    ...(alarm === undefined ? {} : { alarm }),
    plan: record.plan,
  };
}

function statusOf(state: RecordState): IsolatedFile["status"] {
  switch (state) {
    case "intent":
    case "stored":
      return "isolating";
    case "isolated":
    case "restoring":
    case "restored":
    case "deleted":
      return state;
    case "rolledBack":
      return "restored";
  }
}
