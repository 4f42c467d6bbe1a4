import { type FileStatus, type Host, type HostFailure, isFailure } from "#core/facts/host";
import type { ByteString } from "#core/text/byteString";

/**
 * Shows the tree below `root` as if it were the whole machine: a mounted disk image or a
 * container's files. Links are resolved here and not by the kernel, because an absolute
 * link, or one with enough `..`, would lead out of the root into the files of this machine.
 * @param root absolute path of a folder
 */
export function rootedHost(host: Host, root: ByteString): Host {
  const folder = root.replace(/\/+$/, "");
  /** Failures name the path as seen inside. */
  const via = <Answer>(path: ByteString, follow: boolean, ask: (real: ByteString) => Answer): Answer | HostFailure => {
    const place = resolve(host, folder, path, follow);
    if (isFailure(place)) return place;
    const answer = ask(place);
    return isFailure(answer) ? { failure: answer.failure, path } : answer;
  };
  /** What the path leads to was resolved already, so a link there now was put there just now. */
  const regular = <Answer>(path: ByteString, ask: (real: ByteString) => Answer): Answer | HostFailure =>
    via(path, true, (place): Answer | HostFailure => {
      const status = host.stat(place, { follow: false });
      if (isFailure(status)) return status;
      return status.kind === "file" ? ask(place) : { failure: "EFTYPE", path };
    });
  return {
    read: (path, limit): ByteString | HostFailure => regular(path, (place) => host.read(place, limit)),
    readPieces: (path, limit, visit): FileStatus | HostFailure =>
      regular(path, (place) => host.readPieces(place, limit, visit)),
    readLink: (path): ByteString | HostFailure => via(path, false, (place) => host.readLink(place)),
    list: (path): readonly ByteString[] | HostFailure => via(path, true, (place) => host.list(place)),
    stat: (path, options): FileStatus | HostFailure =>
      via(path, options?.follow !== false, (place) => host.stat(place, { follow: false })),
    hasPid: () => false,
    self: () => host.self(),
    wait: (milliseconds) => host.wait(milliseconds),
    clock: () => host.clock(),
  };
}

/** As chroot(2) would: the kernel gives up after 40 links, and so does this. */
const maximumLinks = 40;

function resolve(host: Host, root: ByteString, path: ByteString, follow: boolean): ByteString | HostFailure {
  let pending = path.split("/").filter(isStep);
  let done: ByteString[] = [];
  for (let links = 0; pending.length > 0;) {
    const [name = "", ...rest] = pending;
    pending = rest;
    if (name === "..") {
      done = done.slice(0, -1);
      continue;
    }
    const isLast = pending.length === 0;
    const link = isLast && !follow ? undefined : host.readLink(`${root}/${[...done, name].join("/")}`);
    if (link === undefined || isFailure(link)) {
      // EINVAL says that it is no link. Any other failure shows again in the call itself, with its own errno.
      done.push(name);
      continue;
    }
    links += 1;
    if (links > maximumLinks) return { failure: "ELOOP", path };
    if (link.startsWith("/")) done = [];
    pending = [...link.split("/").filter(isStep), ...pending];
  }
  if (done.length > 0) return `${root}/${done.join("/")}`;
  return root === "" ? "/" : root;
}

function isStep(name: ByteString): boolean {
  return name !== "" && name !== ".";
}
