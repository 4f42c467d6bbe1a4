import { isFailure, type Host, type HostFailure } from "#core/facts/host";
import type { ExecutableLink } from "#core/facts/process";
import type { ByteString } from "#core/text/byteString";

const deletedMark = " (deleted)";

/**
 * Judges /proc/PID/exe. The inode that runs is asked for by stat through the link, which
 * works for deleted files, memfds and files of other mount namespaces; the link text is
 * only a name that may be stale, taken by a decoy, or end in ` (deleted)` by itself
 * (RELIABILITY F31, F36).
 */
export function readExecutable(host: Host, folder: ByteString): ExecutableLink | HostFailure {
  const text = host.readLink(`${folder}/exe`);
  if (isFailure(text)) return text;
  const status = host.stat(`${folder}/exe`);
  if (isFailure(status)) return status;
  if (text.startsWith("/memfd:")) {
    const path = text.endsWith(deletedMark) ? text.slice(0, -deletedMark.length) : text;
    return { path, status, isDeleted: true, isMemfd: true, isReplaced: false };
  }
  const isDeleted = status.nlink === 0;
  const marked = text.endsWith(deletedMark);
  const stripped = marked ? text.slice(0, -deletedMark.length) : text;
  if (isDeleted) {
    return {
      path: stripped,
      status,
      isDeleted,
      isMemfd: false,
      isReplaced: !leadsTo(host, folder, stripped, status.id),
      isPathFree: isFree(host, stripped) && isFree(host, `${folder}/root${stripped}`),
    };
  }
  if (leadsTo(host, folder, text, status.id)) {
    return { path: text, status, isDeleted, isMemfd: false, isReplaced: false };
  }
  // The name is gone while another hard link keeps the inode.
  return { path: stripped, status, isDeleted, isMemfd: false, isReplaced: true };
}

function leadsTo(host: Host, folder: ByteString, path: ByteString, id: string): boolean {
  const status = host.stat(`${folder}/root${path}`);
  return !isFailure(status) && status.id === id;
}

function isFree(host: Host, path: ByteString): boolean {
  const status = host.stat(path, { follow: false });
  return isFailure(status) && (status.failure === "ENOENT" || status.failure === "ENOTDIR");
}
