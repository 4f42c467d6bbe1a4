import * as z from "zod/mini";
import { isolatedFileSchema, triageDocumentSchema } from "#protocol/schemas";
import { cacheSchemaName } from "./cacheSchemaName.ts";

/** A file of the cache. Loaded only when there is one: these schemas are large, and activation must stay quick. */
export const cacheSchema = z.object({
  schema: z.literal(cacheSchemaName),
  address: z.string(),
  triagedAt: z.exactOptional(z.number()),
  triage: z.exactOptional(triageDocumentSchema),
  isolated: z.exactOptional(z.readonly(z.array(isolatedFileSchema))),
});

export type CachedHost = z.infer<typeof cacheSchema>;
