import { decodeBase64 } from "../text/base64.ts";
import type { ByteString } from "../text/byteString.ts";
import { Problems, type Parsed } from "./parsed.ts";

export interface ApkFile {
  readonly package: string;
  /** SHA-1 in hex, where the database has one. */
  readonly sha1?: string;
}

/** Parses /lib/apk/db/installed into files by absolute path. */
export function parseApkInstalled(text: ByteString): Parsed<ReadonlyMap<ByteString, ApkFile>> {
  const problems = new Problems();
  const files = new Map<ByteString, ApkFile>();
  let owner = "";
  let folder = "";
  let current: ByteString | undefined;
  for (const line of text.split("\n")) {
    const value = line.slice(2);
    if (line === "") {
      owner = "";
      folder = "";
      current = undefined;
    } else if (line[1] !== ":") problems.add("This package line has another form", line);
    else if (line[0] === "P") owner = value;
    else if (line[0] === "F") {
      folder = value === "" ? "" : `/${value}`;
      current = undefined;
    } else if (line[0] === "R") {
      current = `${folder}/${value}`;
      files.set(current, { package: owner });
    } else if (line[0] === "Z" && current !== undefined && value.startsWith("Q1")) {
      files.set(current, { package: owner, sha1: hex(decodeBase64(value.slice(2))) });
    }
  }
  return { value: files, problems: problems.list() };
}

function hex(bytes: ByteString): string {
  let text = "";
  for (const character of bytes) text += character.charCodeAt(0).toString(16).padStart(2, "0");
  return text;
}
