import type { ByteString } from "../../text/byteString.ts";
import { basename } from "../../text/paths.ts";
import type { AutostartEntry, AutostartFile, ClassReading } from "../autostartClass.ts";
import { hidesText, judgePath } from "../commandRisk.ts";
import { defineClass } from "../defineClass.ts";
import { nameApart } from "../parsers/cronEntries.ts";

export const autostartClass = defineClass({
  number: 19,
  slug: "ld-so-preload",
  className: "Preloaded libraries",
  kind: "preloadedLibrary",
  attack: ["T1574.006"],
  weakness: "A loader patched to read another file, or a kernel rootkit that serves false content, is not seen here.",
  reads: ["/etc/ld.so.preload", "/etc/ld-musl-*.path"],
  parse({ files }): ClassReading {
    return {
      entries: files.flatMap((file) =>
        basename(file.path).startsWith("ld-musl-") ? muslEntries(file) : preloadEntries(file),
      ),
      problems: [],
    };
  },
});

/** glibc takes blanks, colons and newlines as separators, and `#` to the end of the line as a comment. */
function preloadEntries(file: AutostartFile): readonly AutostartEntry[] {
  const content = file.content ?? "";
  const entries = content.split("\n").flatMap((text, index) =>
    text
      .replace(/#.*$/s, "")
      .split(/[\s:]+/)
      .filter((library) => library !== "")
      .map((library) => toEntry(file, library, index + 1, ["loads a library into other programs"])),
  );
  if (entries.length > 0) return nameApart(entries);
  const size = (file.linked ?? file.status).size;
  // Hiders serve an empty file while stat(2) still gives the true size.
  return size > content.length && !file.isTruncated
    ? [{ ...toEntry(file, file.path, 1, ["content is withheld"]), trigger: "exec" }]
    : [];
}

function muslEntries(file: AutostartFile): readonly AutostartEntry[] {
  const entries = (file.content ?? "").split("\n").flatMap((text, index) =>
    text
      .split(":")
      .filter((folder) => folder.trim() !== "")
      .map((folder): AutostartEntry => {
        const { program: _, ...entry } = toEntry(file, folder, index + 1, []);
        return { ...entry, trigger: "configuration" };
      }),
  );
  return nameApart(entries);
}

function toEntry(file: AutostartFile, library: ByteString, line: number, risk: AutostartEntry["risk"]): AutostartEntry {
  return {
    scope: "",
    name: library,
    path: file.path,
    line,
    command: library,
    runUser: "",
    trigger: "exec",
    enabled: true,
    program: library,
    risk: [...new Set([...risk, ...judgePath(library), ...(hidesText(library) ? (["hidden text"] as const) : [])])],
  };
}
