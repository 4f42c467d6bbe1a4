import type { ByteString } from "../text/byteString.ts";
import { Problems, type Parsed } from "./parsed.ts";

export interface Mount {
  readonly id: number;
  readonly parentId: number;
  /** `major:minor` of the file system. */
  readonly device: string;
  /** The part of the file system that is mounted. */
  readonly root: ByteString;
  readonly mountPoint: ByteString;
  readonly options: readonly string[];
  readonly type: string;
  readonly source: ByteString;
  readonly superOptions: readonly string[];
}

/** Parses /proc/PID/mountinfo. Space, tab, newline and backslash in names are octal escapes. */
export function parseMountinfo(text: ByteString): Parsed<readonly Mount[]> {
  const problems = new Problems();
  const mounts: Mount[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const separator = line.indexOf(" - ");
    const [id = "", parentId = "", device, root, mountPoint, options] = line.slice(0, separator).split(" ");
    const [type, source, superOptions] = line.slice(separator + 3).split(" ");
    if (
      separator < 0 ||
      !/^\d+$/.test(id) ||
      !/^\d+$/.test(parentId) ||
      device === undefined ||
      root === undefined ||
      mountPoint === undefined ||
      options === undefined ||
      type === undefined
    ) {
      problems.add("This mount line has another form", line);
      continue;
    }
    mounts.push({
      id: Number(id),
      parentId: Number(parentId),
      device,
      root: unescapeOctal(root),
      mountPoint: unescapeOctal(mountPoint),
      options: options.split(","),
      type,
      source: unescapeOctal(source ?? ""),
      superOptions: (superOptions ?? "").split(","),
    });
  }
  return { value: mounts, problems: problems.list() };
}

/** `\040` and its relatives back to bytes; anything else after a backslash stays. */
export function unescapeOctal(text: ByteString): ByteString {
  return text.includes("\\")
    ? text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    : text;
}
