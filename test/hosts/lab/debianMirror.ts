import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

const debianSuites = new Set(["bullseye", "bookworm", "trixie", "sid", "stable", "oldstable", "oldoldstable"]);

/**
 * The Debian mirror that this machine's own apt uses, or undefined when it has none
 * (debootstrap then takes its built-in default). No address is written in this project.
 */
export function debianMirror(aptFolder = "/etc/apt"): string | undefined {
  const texts: AptSource[] = [];
  const main = join(aptFolder, "sources.list");
  if (existsSync(main)) texts.push(...parseSourcesList(readFileSync(main, "utf8")));
  const parts = join(aptFolder, "sources.list.d");
  for (const name of existsSync(parts) ? readdirSync(parts).sort() : []) {
    const text = readFileSync(join(parts, name), "utf8");
    if (name.endsWith(".list")) texts.push(...parseSourcesList(text));
    if (name.endsWith(".sources")) texts.push(...parseDeb822(text));
  }
  return pickDebianMirror(texts);
}

/** The first http(s) source that carries component main of a plain Debian suite. */
export function pickDebianMirror(sources: readonly AptSource[]): string | undefined {
  return sources.find(
    (source) =>
      /^https?:\/\//.test(source.uri) &&
      source.components.includes("main") &&
      source.suites.some((suite) => debianSuites.has(suite)),
  )?.uri;
}

/** One-line format: `deb [options] URI SUITE COMPONENT…`. */
export function parseSourcesList(text: string): readonly AptSource[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    if (match === null) return [];
    const [, uri = "", suite = "", components = ""] = match;
    return [{ uri, suites: [suite], components: components.trim().split(/\s+/) }];
  });
}

/** The deb822 format of `.sources` files; disabled and source-only stanzas are left out. */
export function parseDeb822(text: string): readonly AptSource[] {
  const withoutComments = text.replaceAll(/^#.*\n?/gm, "");
  return withoutComments.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    let key = "";
    for (const line of stanza.split("\n")) {
      const match = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
      if (match === null) fields.set(key, `${fields.get(key) ?? ""} ${line.trim()}`);
      else fields.set((key = (match[1] ?? "").toLowerCase()), match[2] ?? "");
    }
    const words = (name: string): readonly string[] => (fields.get(name) ?? "").split(/\s+/).filter(Boolean);
    if (!words("types").includes("deb") || fields.get("enabled") === "no") return [];
    return words("uris").map((uri) => ({ uri, suites: words("suites"), components: words("components") }));
  });
}
