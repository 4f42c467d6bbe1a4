import { processKey, type ProcessFact } from "../../facts/process.ts";
import type { ByteString } from "../../text/byteString.ts";
import { commandReadings } from "../../text/commandWords.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { isSearchTool } from "../searchTools.ts";
import { commandTraits, type Trait } from "./commandShape.ts";

export const check = defineCheck({
  id: "M02",
  slug: "miner-command-shape",
  title: "Command line shaped like a miner's",
  category: "Malware",
  type: "Mining",
  severity: "critical",
  attack: ["T1496.001"],
  maturity: "stable",
  needs: ["processes"],
  falsePositives: [
    "A miner that the operator runs on purpose.",
    "A program that talks to a host and port under a user with the password x, in just those short options.",
  ],
  weakness: "A miner that reads everything from a configuration file shows no options; M05 and M06 look there.",
  run({ processes }): readonly Finding[] {
    return processes.flatMap((process) => judge(process));
  },
});

function judge(process: ProcessFact): readonly Finding[] {
  if (process.argv.length === 0 || isSearchTool(process)) return [];
  const fromArguments = strongest(commandReadings(process.argv));
  const fromEnvironment = strongest(environmentReadings(process.environ ?? ""));
  const [traits, source, where] =
    points(fromArguments) >= points(fromEnvironment)
      ? [fromArguments, "cmdline", "The command line"]
      : [fromEnvironment, "environ", "The environment"];
  const sum = points(traits);
  if (sum < 35) return [];
  const shown = traits.map((trait) => showBytes(trait.shown, 120)).join(", ");
  return [
    {
      subject: { kind: "process", key: processKey(process) },
      points: Math.min(90, sum),
      severity: sum >= 60 ? "critical" : sum >= 45 ? "high" : "medium",
      source: `/proc/${process.pid}/${source}`,
      text: `${where} has ${traits.length} things that miners are started with: ${shown}.`,
    },
  ];
}

/** Zero unless at least two traits come together, one of them a pool or something that only miners have. */
function points(traits: readonly Trait[]): number {
  const isShaped = traits.length >= 2 && traits.some(({ isSpecific, name }) => isSpecific || name === "pool");
  return isShaped ? traits.reduce((sum, trait) => sum + trait.points, 0) : 0;
}

function strongest(readings: readonly (readonly ByteString[])[]): readonly Trait[] {
  let best: readonly Trait[] = [];
  for (const words of readings) {
    const traits = commandTraits(words);
    if (points(traits) > points(best)) best = traits;
  }
  return best;
}

/** Values of the environment that are command lines, and all short settings together. */
function environmentReadings(environ: ByteString): readonly (readonly ByteString[])[] {
  const entries = environ.split("\0").slice(0, 512);
  const values = entries.flatMap((entry) => {
    const value = entry.slice(entry.indexOf("=") + 1);
    return value.length >= 16 && value.length <= 8192 && /\s-|[A-Za-z0-9+/]{24}/.test(value) ? [value] : [];
  });
  const settings = entries.flatMap((entry) => {
    const found = /^(?:XMRIG_|MINER_|POOL_|MINING_)?([A-Z][A-Z0-9_]{2,40})=([^]{1,400})$/.exec(entry);
    return found?.[1] === undefined || !minerSettings.has(found[1])
      ? []
      : [`--${found[1].replace(/^(?:POOL_)?/, "")}=${found[2]}`];
  });
  return [settings, ...commandReadings(values).slice(1)];
}

/** Names under which container images of miners take their settings; PASSWORD and USER alone are everybody's. */
const minerSettings: ReadonlySet<string> = new Set([
  "POOL",
  "POOL_URL",
  "URL",
  "WALLET",
  "WALLET_ADDRESS",
  "ALGO",
  "ALGORITHM",
  "COIN",
  "DONATE_LEVEL",
  "RIG_ID",
  "WORKER",
]);
