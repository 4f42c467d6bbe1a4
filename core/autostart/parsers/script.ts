import type { ByteString } from "../../text/byteString.ts";
import type { RiskReason } from "../autostartClass.ts";
import { judgeCommand } from "../commandRisk.ts";

export interface ScriptReading {
  /** The first line that gives a reason to look. */
  readonly line?: ByteString;
  readonly lineNumber?: number;
  readonly risk: readonly RiskReason[];
}

/** Judges a script line by line; for a program that is no text nothing is said. */
export function judgeScript(content: ByteString): ScriptReading {
  if (content.startsWith("\x7fELF") || content.slice(0, 1024).includes("\0")) return { risk: [] };
  const risk = new Set<RiskReason>();
  let first: { readonly text: ByteString; readonly number: number } | undefined;
  for (const { text, number } of logicalLines(content)) {
    const found = judgeCommand(text).risk;
    if (found.length === 0) continue;
    first ??= { text, number };
    for (const reason of found) risk.add(reason);
  }
  return { ...(first === undefined ? {} : { line: first.text, lineNumber: first.number }), risk: [...risk] };
}

/** Lines with their backslash continuations joined, comments and empty lines left out. */
export function* logicalLines(content: ByteString): Generator<{ readonly text: ByteString; readonly number: number }> {
  const lines = content.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const number = index + 1;
    let text = lines[index] ?? "";
    for (let joined = 0; text.endsWith("\\") && index + 1 < lines.length && joined < 100; joined += 1) {
      index += 1;
      text = `${text.slice(0, -1)} ${lines[index] ?? ""}`;
    }
    const bare = text.trim();
    if (bare !== "" && !bare.startsWith("#")) yield { text, number };
  }
}
