import type { ByteString } from "../text/byteString.ts";
import { noProblems, type Parsed } from "./parsed.ts";

export interface OsRelease {
  readonly id: string;
  readonly prettyName: string;
  readonly versionId: string;
}

/** Parses os-release(5); what is missing becomes `unknown`. */
export function parseOsRelease(text: ByteString): Parsed<OsRelease> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*([A-Z][A-Z0-9_]*)=(.*?)\s*$/.exec(line);
    if (match) values.set(match[1] ?? "", unquote(match[2] ?? ""));
  }
  const value = (name: string): string => values.get(name) || "unknown";
  return {
    value: { id: value("ID"), prettyName: value("PRETTY_NAME"), versionId: value("VERSION_ID") },
    problems: values.has("ID") ? noProblems : ["The file os-release names no ID."],
  };
}

function unquote(text: string): string {
  const quote = text[0];
  const inner = (quote === '"' || quote === "'") && text.length > 1 && text.endsWith(quote) ? text.slice(1, -1) : text;
  return quote === "'" ? inner : inner.replace(/\\(["'$`\\])/g, "$1");
}
