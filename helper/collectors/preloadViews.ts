import type { TextFact } from "#core/facts/facts";
import { isFailure, type Host, type HostFailure } from "#core/facts/host";

const path = "/etc/ld.so.preload";

/**
 * /etc/ld.so.preload as each way of asking shows it. A library that hides the file hooks
 * some of these calls and forgets others, so that the answers differ. Nothing when all
 * of them agree that there is no such file.
 */
export function preloadViews(host: Host): TextFact | undefined {
  const names = host.list("/etc");
  const status = host.stat(path);
  const linkStatus = host.stat(path, { follow: false });
  const content = host.read(path, 256 << 10);
  const views = [
    {
      source: "list /etc",
      sees: isFailure(names) ? failureWord(names) : names.includes("ld.so.preload") ? "present" : "absent",
    },
    { source: "stat", sees: isFailure(status) ? failureWord(status) : "present" },
    { source: "lstat", sees: isFailure(linkStatus) ? failureWord(linkStatus) : "present" },
    { source: "open and read", sees: isFailure(content) ? failureWord(content) : sizeWord(content.length, status) },
  ];
  if (views.every(({ sees }) => sees === "absent")) return undefined;
  const shown = isFailure(status) ? linkStatus : status;
  return {
    topic: "preload",
    path,
    status: isFailure(shown) ? unknownStatus : shown,
    content: isFailure(content) ? "" : content,
    isTruncated: !isFailure(content) && content.length >= 256 << 10,
    processes: [],
    views,
  };
}

const unknownStatus: TextFact["status"] = {
  kind: "unknown",
  id: "0:0",
  size: 0,
  mode: 0,
  uid: 0,
  gid: 0,
  nlink: 0,
  mtimeNs: "0",
  ctimeNs: "0",
};

function failureWord({ failure }: HostFailure): string {
  return failure === "ENOENT" ? "absent" : failure;
}

/** A hider may let the file be opened and show it empty. */
function sizeWord(length: number, status: ReturnType<Host["stat"]>): string {
  return !isFailure(status) && status.size !== length && status.size <= 256 << 10
    ? `${length} of ${status.size} bytes`
    : "present";
}
