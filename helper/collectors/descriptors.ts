import { isFailure, type Host, type HostFailure } from "#core/facts/host";
import type { ByteString } from "#core/text/byteString";
import { isGone } from "./gaps.ts";

export interface Descriptors {
  readonly standardStreams: readonly (ByteString | undefined)[];
  readonly socketInodes: readonly string[];
  readonly openFiles: readonly ByteString[];
  /** There were more descriptors than the limit. */
  readonly isCut: boolean;
}

const mostOpenFiles = 64;

/** Where the file descriptors of a process lead to, by their link texts. */
export function readDescriptors(host: Host, folder: ByteString, limit: number): Descriptors | HostFailure {
  const numbers = host.list(`${folder}/fd`);
  if (isFailure(numbers)) return numbers;
  const standardStreams: (ByteString | undefined)[] = [undefined, undefined, undefined];
  const socketInodes: string[] = [];
  const openFiles = new Set<ByteString>();
  let read = 0;
  for (const number of numbers) {
    if (read >= limit) break;
    read += 1;
    const target = host.readLink(`${folder}/fd/${number}`);
    if (isFailure(target)) {
      // The folder may be listed with fewer rights than its links are read with.
      if (!isGone(target)) return target;
      continue;
    }
    if (number.length === 1 && number < "3") standardStreams[Number(number)] = target;
    if (target.startsWith("socket:[")) socketInodes.push(target.slice(8, -1));
    else if (openFiles.size < mostOpenFiles && isFilePath(target)) openFiles.add(target);
  }
  return { standardStreams, socketInodes, openFiles: [...openFiles], isCut: read < numbers.length };
}

/** Devices and kernel files say nothing about what a program keeps; /dev/shm is ordinary storage. */
function isFilePath(target: ByteString): boolean {
  if (target.charCodeAt(0) !== 0x2f) return false;
  if (target.startsWith("/dev/")) return target.startsWith("/dev/shm/");
  return !target.startsWith("/proc/") && !target.startsWith("/sys/");
}
