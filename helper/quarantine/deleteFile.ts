import { OpsError } from "#core/opsError";
import type { DeleteStep } from "#core/plans/plan";
import { readContainer } from "./container.ts";
import type { QuarantineContext } from "./quarantineContext.ts";
import type { QuarantineRecord } from "./record.ts";
import { syncFolderOf } from "./writeFileSafely.ts";

/**
 * Removes the stored content for good and keeps the record, so that it stays known what
 * was there. Throws an OpsError: `preconditionChanged`, `stateDamaged`, `notFound`.
 */
export async function deleteFile(
  step: DeleteStep,
  context: QuarantineContext,
  onIntent: (record: QuarantineRecord) => void,
): Promise<QuarantineRecord> {
  const { records, execution } = context;
  const record = records.load(step.target.id);
  if (record.state !== "isolated")
    throw new OpsError("preconditionChanged", `The file is not isolated any more: it is ${record.state}.`);
  const content = records.contentPath(record.id);
  const stored = await readContainer(content);
  if (stored.sha256 !== step.target.sha256 || stored.sha256 !== record.digests?.sha256)
    throw new OpsError("preconditionChanged", "The stored content is not the planned one; it was not deleted.");
  onIntent(record);
  execution.failPoint?.("delete.intent");
  const tombstone = records.advance(record, "deleted", `deleted by ${execution.operator}`);
  records.removeContent(record.id);
  syncFolderOf(content);
  execution.failPoint?.("delete.contentGone");
  return tombstone;
}
