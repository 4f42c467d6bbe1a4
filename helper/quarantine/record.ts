import * as z from "zod/mini";

const decimal = z.string().check(z.regex(/^-?\d{1,20}$/));
const base64 = z.string().check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/));
const hex = (length: number): z.ZodMiniString => z.string().check(z.regex(new RegExp(`^[0-9a-f]{${length}}$`)));
const whole = z.int().check(z.gte(0));

const stateSchema = z.enum(["intent", "stored", "isolated", "restoring", "restored", "deleted", "rolledBack"]);

/**
 * `intent`: the original may already have lost its mode and flags, but is there.
 * `stored`: the stored copy is complete, verified and on disk; names may be going away.
 * `isolated`: no name is left. `restoring`, `restored`, `deleted`: as they say.
 * `rolledBack`: isolating failed or was cut off, and the original is as it was.
 */
export type RecordState = z.infer<typeof stateSchema>;

const attributesSchema = z.strictObject({
  /** FS_IOC_GETFLAGS; absent where it could not be read. */
  flags: z.exactOptional(whole),
  /** Every namespace, ACLs and capabilities among them; absent where they could not be read. */
  xattrs: z.exactOptional(z.array(z.strictObject({ name: base64, value: base64 }))),
});

const metadataSchema = z.strictObject({
  dev: decimal,
  ino: decimal,
  size: decimal,
  blocks: decimal,
  mode: whole,
  uid: whole,
  gid: whole,
  userName: z.exactOptional(z.string()),
  groupName: z.exactOptional(z.string()),
  nlink: whole,
  atimeNs: decimal,
  mtimeNs: decimal,
  ctimeNs: decimal,
  birthtimeNs: decimal,
  attributes: attributesSchema,
});

/** Everything that makes the file again, and everything that tells whose it was. Stored next to the content. */
export const recordSchema = z.strictObject({
  schema: z.literal("countermine/quarantine@1"),
  id: z.string().check(z.regex(/^[0-9a-f-]{36}$/)),
  state: stateSchema,
  plan: z.string(),
  step: z.string(),
  operator: z.string(),
  host: z.strictObject({ id: z.string(), name: z.string(), bootId: z.string() }),
  source: z.enum(["alarm", "scan", "manual"]),
  alarm: z.exactOptional(z.string()),
  /** Milliseconds since the epoch. */
  isolatedAt: z.number(),
  /** Canonical path at the time, base64 of its bytes. */
  path: base64,
  /** Set when the path is meant below the root of a process in another mount namespace. */
  through: z.exactOptional(z.strictObject({ pid: whole, startTime: whole, mountNamespace: z.string() })),
  fileSystem: z.string(),
  original: metadataSchema,
  /** Flags of the folder, which had to be cleared to take the name out of it. */
  parentFlags: z.exactOptional(whole),
  otherNames: z.array(base64),
  /** Names of the inode that were not found; they lead to a file without content rights (mode 0000). */
  missingNames: whole,
  /** Digests of the content; present from `stored` on. */
  digests: z.exactOptional(z.strictObject({ sha256: hex(64), sha1: hex(40), md5: hex(32) })),
  plannedSha256: hex(64),
  /** What could not be recorded or can't be restored, one sentence each. */
  gaps: z.array(z.string()),
  restoring: z.exactOptional(
    z.strictObject({ path: base64, temporaryName: z.string(), fileId: z.exactOptional(z.string()) }),
  ),
  history: z.array(z.strictObject({ at: z.number(), state: stateSchema, detail: z.string() })),
});

export type QuarantineRecord = z.infer<typeof recordSchema>;
export type FileMetadata = z.infer<typeof metadataSchema>;
export type InodeAttributes = z.infer<typeof attributesSchema>;
