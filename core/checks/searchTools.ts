import type { ProcessFact } from "../facts/process.ts";
import { basename } from "../text/paths.ts";

const searchTools = new Set([
  "grep",
  "egrep",
  "fgrep",
  "zgrep",
  "rg",
  "ag",
  "ack",
  "sed",
  "awk",
  "gawk",
  "mawk",
  "less",
  "more",
  "vi",
  "vim",
  "nvim",
  "nano",
  "emacs",
  "journalctl",
  "pgrep",
  "pkill",
  "killall",
]);

const systemFolders = ["/bin/", "/usr/bin/", "/usr/local/bin/"];

/**
 * True for a tool that has the text it looks for, or the file it shows, on its own
 * command line. The executable decides, in a system folder: argv[0] and comm are the
 * attacker's to choose. A copy of a miner at /usr/bin/grep still fails the package
 * digest, and burns CPU, which other checks see.
 */
export function isSearchTool(process: ProcessFact): boolean {
  const path = process.exe?.path;
  if (path === undefined || process.exe?.isDeleted || process.exe?.isMemfd) return false;
  return (
    systemFolders.some((folder) => path.startsWith(folder)) && searchTools.has(basename(path).replace(/\.\w+$/, ""))
  );
}
