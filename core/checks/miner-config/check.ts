import type { TextFact } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { algorithmStrength } from "../../knowledge/minerVocabulary.ts";
import { configKeys } from "../../knowledge/configKeys.ts";
import { decodeBase64Runs } from "../../text/base64.ts";
import type { ByteString } from "../../text/byteString.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { incidentProcesses } from "../textSubjects.ts";

export const check = defineCheck({
  id: "M05",
  slug: "miner-config",
  title: "Configuration file of a miner",
  category: "Malware",
  type: "Mining",
  severity: "high",
  attack: ["T1496.001"],
  maturity: "stable",
  needs: ["texts", "processes", "ownership"],
  falsePositives: [
    "The example configuration in a package, which the package owns.",
    "A miner that the operator runs on purpose.",
  ],
  weakness: "A configuration that was compiled in, or encrypted, or deleted after the start, is not there to be read.",
  run({ texts, processes, ownership }): readonly Finding[] {
    return texts.flatMap((text) => {
      const owner = ownership.byPath.get(text.path);
      const isPackaged = typeof owner === "object" && owner.digest === "intact";
      return isPackaged || !(text.topic === "minerConfig" || text.topic === "script") ? [] : judge(text, processes);
    });
  },
});

function judge(text: TextFact, processes: readonly ProcessFact[]): readonly Finding[] {
  // A miner's configuration is a few kilobytes; what comes after that would be padding.
  const head = text.content.trimStart().slice(0, 65_536);
  const readings = [head, ...(isEncoded(head) ? decodeBase64Runs(head) : [])];
  const settings = readings.map(settingsIn).sort((one, other) => weigh(other) - weigh(one))[0] ?? new Map();
  const sum = weigh(settings);
  if (sum < 50) return [];
  const shown = [...settings.keys()]
    .filter((name) => configKeys.has(name))
    .slice(0, 8)
    .join(", ");
  const found = {
    points: sum >= 80 ? 70 : sum >= 65 ? 60 : 50,
    source: showBytes(text.path),
    text: `${showBytes(text.path, 200)} is set up like a miner's configuration: ${showBytes(shown, 200)}.`,
  };
  const involved = incidentProcesses(text, processes);
  if (involved.length === 0) return [{ ...found, subject: { kind: "file", path: text.path, id: text.status.id } }];
  return involved.map((process) => ({
    ...found,
    subject: { kind: "process", key: processKey(process) },
    relatedFiles: [text.path],
  }));
}

/**
 * Settings by their lower-case name, with all of their short values: `"name": value` of
 * JSON (with or without comments), `name = value` and `name: value` of the other kinds.
 */
function settingsIn(content: ByteString): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, string[]>();
  const add = (name: string, value: string): void => {
    const key = name.toLowerCase().replaceAll("_", "-").replace(/^-+/, "");
    const values = settings.get(key);
    if (values === undefined) settings.set(key, [value]);
    else if (values.length < 16) values.push(value);
  };
  for (const [, name = "", value = ""] of content.matchAll(
    /"([\w./-]{1,40})"\s{0,8}:\s{0,8}("[^"\n]{0,200}"|[^\s,}\]"]{0,40})/g,
  ))
    add(name, value.replaceAll('"', ""));
  if (/^\s{0,100}[[{]/.test(content)) return settings;
  for (const line of content.split("\n", 2000)) {
    const found = /^\s{0,40}(?:export\s)?-{0,2}([A-Za-z][\w.-]{1,40})\s{0,8}[=:\s]\s{0,8}(["']?)([^\s"',]{1,200})/.exec(
      line.slice(0, 400),
    );
    if (found?.[1] !== undefined && found[3] !== undefined) add(found[1], found[3]);
  }
  return settings;
}

/** Strong keys 25 each, weak ones 8; a pool, an algorithm of a miner as a value, 15 and 25. */
function weigh(settings: ReadonlyMap<string, readonly string[]>): number {
  let strong = 0;
  let weak = 0;
  let hasPool = false;
  let hasAlgorithm = false;
  for (const [name, values] of settings) {
    const strength = configKeys.get(name);
    if (strength === "strong") strong += 1;
    if (strength === "weak") weak += 1;
    if (poolKeys.has(name))
      hasPool ||= values.some((value) => /^(?:[a-z0-9+]{2,20}:\/\/)?[\w.-]{3,200}:\d{2,5}\b/i.test(value));
    if (values.some((value) => /^(?:stratum\d?|ethproxy|ethstratum)(?:\+\w{2,5})?:\/\/./i.test(value))) strong += 1;
    if (algorithmKeys.has(name)) hasAlgorithm ||= values.some((value) => algorithmStrength(value) === "strong");
    // xmrig lists its algorithms as keys with thread settings below them.
    if (/^(?:rx|cn|argon2|astrobwt|cn-\w+|kawpow|ghostrider)(?:\/\w+)?$/.test(name)) hasAlgorithm = true;
  }
  // Weak keys are every program's: without something that only miners have they say nothing.
  if (strong === 0 && !(hasPool && hasAlgorithm)) return 0;
  return Math.min(strong, 3) * 25 + Math.min(weak, 4) * 8 + (hasPool ? 15 : 0) + (hasAlgorithm ? 25 : 0);
}

const poolKeys: ReadonlySet<string> = new Set([
  "url",
  "pool",
  "pool-address",
  "pools",
  "server",
  "host",
  "stratum",
  "o",
  "rig-pool",
]);
const algorithmKeys: ReadonlySet<string> = new Set(["algo", "algorithm", "coin", "currency", "kernel", "a"]);

/** True for a file that is one block of base64 and little else. */
function isEncoded(content: ByteString): boolean {
  return content.length >= 64 && /^[A-Za-z0-9+/=_\s-]{64}/.test(content);
}
