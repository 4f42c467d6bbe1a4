import type { ByteString } from "../text/byteString.ts";
import { Problems, type Parsed } from "./parsed.ts";

export interface Account {
  readonly name: ByteString;
  readonly uid: number;
  readonly gid: number;
  readonly home: ByteString;
  readonly shell: ByteString;
}

/** Parses /etc/passwd; NIS lines (`+`, `-`) and comments are left out. */
export function parsePasswd(text: ByteString): Parsed<readonly Account[]> {
  const problems = new Problems();
  const accounts: Account[] = [];
  for (const line of text.split("\n")) {
    if (/^\s*$|^[#+-]/.test(line)) continue;
    const [name = "", , uid = "", gid = "", , home = "", shell = ""] = line.split(":");
    if (name !== "" && /^\d{1,10}$/.test(uid) && /^\d{1,10}$/.test(gid)) {
      accounts.push({ name, uid: Number(uid), gid: Number(gid), home, shell });
    } else problems.add("This account line has another form", line);
  }
  return { value: accounts, problems: problems.list() };
}
