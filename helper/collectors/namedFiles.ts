import type { TextFact } from "#core/facts/facts";
import type { ByteString } from "#core/text/byteString";

const mostNames = 64;

/** Programs and libraries that a text starts or loads, as far as their owner is asked for. */
export function namedFiles({ topic, content }: TextFact): readonly ByteString[] {
  switch (topic) {
    case "preload":
      return absolutePaths(content.replace(/#.*$/gm, ""), /[^\s:\0]+/g);
    case "pam":
      return absolutePaths(content.match(/^[^#\n]*pam_exec\.so.*$/gm)?.join("\n") ?? "", /\S+/g);
    case "cron":
    case "unit":
    case "profile":
    case "hosts":
    case "minerConfig":
    case "script":
    case "history":
    case "rcLocal":
      return [];
  }
}

function absolutePaths(text: ByteString, word: RegExp): readonly ByteString[] {
  return (text.match(word) ?? []).filter((path) => path.startsWith("/")).slice(0, mostNames);
}
