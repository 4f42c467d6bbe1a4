import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { debianMirror } from "./debianMirror.ts";
import { labCachePath } from "./paths.ts";
import { mustRun } from "./runCommand.ts";

export type DebianSuite = "bullseye" | "bookworm" | "trixie";

export interface DebootstrapOptions {
  readonly suite: DebianSuite;
  readonly folder: string;
  readonly include: readonly string[];
  /** Leaves the verified .deb files in FOLDER/var/cache/apt/archives and unpacks nothing. */
  readonly downloadOnly: boolean;
}

/**
 * Runs debootstrap with signature checking by Debian's own keyring. It mounts /proc and /sys in the
 * new root; a mount and pid namespace of its own takes these away even when it is killed.
 */
export async function debootstrap(options: DebootstrapOptions): Promise<void> {
  const debs = join(labCachePath(), "debs", options.suite);
  mkdirSync(debs, { recursive: true });
  const mirror = debianMirror();
  const enclosed = "unshare --mount --pid --fork --kill-child --mount-proc --propagation private --".split(" ");
  const command = ["debootstrap", "--variant=minbase", "--force-check-gpg", `--cache-dir=${debs}`];
  command.push("--keyring=/usr/share/keyrings/debian-archive-keyring.gpg", `--include=${options.include.join(",")}`);
  if (options.downloadOnly) command.push("--download-only");
  command.push(options.suite, options.folder);
  if (mirror !== undefined) command.push(mirror);
  await mustRun([...enclosed, ...command]);
}
