/** Name and version of the files that keep what was last known of each host. */
export const cacheSchemaName = "countermine/host-cache@1";
