import type { ByteString } from "../../text/byteString.ts";

/** One `Key=value` of a systemd unit. */
export interface UnitDirective {
  readonly section: ByteString;
  readonly key: ByteString;
  readonly value: ByteString;
  /** From 1, of the line that it starts on. */
  readonly line: number;
}

/**
 * Reads a unit file by the rules of systemd.syntax(7): `#` and `;` start a comment line,
 * a backslash at the end joins the next line (comment lines in between are skipped), and
 * keys keep their order because an empty value resets a list. Lines that are nothing of
 * that are left out, as systemd does.
 */
export function parseUnitFile(content: ByteString): readonly UnitDirective[] {
  const directives: UnitDirective[] = [];
  const lines = content.split("\n");
  let section = "";
  for (let index = 0; index < lines.length; index += 1) {
    const start = index + 1;
    let text = (lines[index] ?? "").trim();
    if (text === "" || isComment(text)) continue;
    if (text.endsWith("\\")) {
      const parts: ByteString[] = [];
      let last = text;
      while (last.endsWith("\\") && index + 1 < lines.length) {
        parts.push(last.slice(0, -1));
        do {
          index += 1;
          last = (lines[index] ?? "").trim();
        } while (isComment(last) && index + 1 < lines.length);
      }
      text = [...parts, isComment(last) ? "" : last].join(" ");
    }
    const header = /^\[([^\]]*)\]$/.exec(text);
    if (header) {
      section = header[1] ?? "";
      continue;
    }
    const equals = text.indexOf("=");
    if (equals <= 0) continue;
    directives.push({
      section,
      key: text.slice(0, equals).trim(),
      value: text.slice(equals + 1).trim(),
      line: start,
    });
  }
  return directives;
}

function isComment(text: ByteString): boolean {
  return text.startsWith("#") || text.startsWith(";");
}

/** All values of a list directive after resets: an empty assignment throws away what came before. */
export function listValues(directives: readonly UnitDirective[], section: string, key: string): readonly ByteString[] {
  let values: ByteString[] = [];
  for (const directive of directives) {
    if (directive.section !== section || directive.key !== key) continue;
    if (directive.value === "") values = [];
    else values.push(directive.value);
  }
  return values;
}

/** The last value of a directive that can be set once; undefined when absent or empty. */
export function lastValue(directives: readonly UnitDirective[], section: string, key: string): ByteString | undefined {
  const found = directives.findLast((directive) => directive.section === section && directive.key === key);
  return found === undefined || found.value === "" ? undefined : found.value;
}
