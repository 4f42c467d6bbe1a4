import { hasCryptonoteAddress, looksLikeAddress } from "../../knowledge/cryptoAddress.ts";
import { algorithmStrength, minerOptions } from "../../knowledge/minerVocabulary.ts";
import type { ByteString } from "../../text/byteString.ts";

/** One thing that miners have on their command lines. */
export interface Trait {
  readonly name: "algorithm" | "option" | "pool" | "wallet" | "user" | "password" | "transport";
  readonly points: number;
  /** Nothing but a miner has it. */
  readonly isSpecific: boolean;
  /** The words, for the evidence. */
  readonly shown: string;
}

/** Traits of a command line: the strongest of each name, in order of appearance. */
export function commandTraits(words: readonly ByteString[]): readonly Trait[] {
  const traits = new Map<string, Trait>();
  let specificOptions = 0;
  for (const [name, value] of options(words)) {
    for (const trait of traitsOf(name, value)) {
      if (trait.name === "option" && trait.isSpecific) specificOptions += 1;
      const known = traits.get(trait.name);
      if (known === undefined || known.points < trait.points) traits.set(trait.name, trait);
    }
  }
  const option = traits.get("option");
  // Several options that only miners have say more than one, which another program may come to have.
  if (option !== undefined && specificOptions > 1) traits.set("option", { ...option, points: option.points + 20 });
  return [...traits.values()];
}

function traitsOf(name: string, value: string): readonly Trait[] {
  const shown = value === "" ? name : `${name} ${value}`;
  const bare = name.replace(/^--?/, "").toLowerCase().replaceAll("_", "-");
  const found: Trait[] = [];
  const add = (trait: Trait["name"], points: number, isSpecific = false): void => {
    found.push({ name: trait, points, isSpecific, shown });
  };
  if (algorithmNames.has(bare)) {
    const strength = algorithmStrength(value);
    if (strength !== undefined) add("algorithm", strength === "strong" ? 35 : 15, strength === "strong");
  }
  const strength = bare.length > 3 || name.startsWith("--") ? minerOptions.get(bare) : undefined;
  if (strength === "strong") add("option", 35, true);
  else if (strength === "weak" && name.startsWith("-")) add("option", 5);
  // Only miners have the scheme; with it any option that takes an address names a pool.
  if (/^(?:stratum\d?|ethproxy|ethstratum)(?:\+\w{2,5})?:\/\/./i.test(value)) add("pool", 40, true);
  else if (poolNames.has(bare) && isEndpoint(value))
    add("pool", bare === "o" || bare === "url" || bare === "pool" ? 20 : 15);
  if (userNames.has(bare) && value !== "") {
    if (hasCryptonoteAddress(value)) add("wallet", 45, true);
    else if (looksLikeAddress(value)) add("wallet", 25);
    else add("user", 5);
  }
  if (passwordNames.has(bare) && /^(?:x|X|c=[A-Za-z]+|d=\d+|[\w.-]{1,32}:x|\w+,c=\w+)$/.test(value))
    add("password", 10);
  if (name === "-k" || bare === "keepalive" || bare === "tls") add("transport", 5);
  return found;
}

const algorithmNames: ReadonlySet<string> = new Set(["a", "algo", "algorithm", "kernel", "k", "coin", "c", "uri-algo"]);
const poolNames: ReadonlySet<string> = new Set(
  "o url pool pools server s proxy p epool zpool dpool mpool wpool host uri stratum daemon-rpc-url pool1 P H".split(
    " ",
  ),
);
const userNames: ReadonlySet<string> = new Set(
  "u user username userpass login wallet wal ewal zwal dwal w address wallet-address wallet1 O mining-address l".split(
    " ",
  ),
);
const passwordNames: ReadonlySet<string> = new Set(["p", "pass", "password", "epsw", "zpsw", "userpass"]);

/** `host:port`, with or without a scheme and a user in front; not a drive, a time or a port mapping. */
function isEndpoint(value: string): boolean {
  const rest = value.replace(/^[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\//, "").replace(/^[^\s/@]{1,300}@/, "");
  const port = Number(/^(?:[A-Za-z0-9_.-]{2,253}|\[[0-9A-Fa-f:.]{2,45}\]):(\d{2,5})(?:$|[/#?,;])/.exec(rest)?.[1] ?? 0);
  return port > 0 && port < 65_536;
}

/** Options with their values: `--name value`, `--name=value`, `-n value`, `-nvalue`, and `name=value` of the environment. */
function* options(words: readonly ByteString[]): Generator<readonly [name: string, value: string]> {
  for (const [index, word] of words.entries()) {
    const next = words[index + 1] ?? "";
    const nextValue = next.startsWith("-") && next.length > 1 && !/^-\d/.test(next) ? "" : next;
    const joined = /^(-{0,2}[A-Za-z][\w.-]{0,60})=([^]{1,400})$/.exec(word);
    if (joined?.[1] !== undefined && joined[2] !== undefined) {
      if (word.startsWith("-") || /^[A-Z_]+$/i.test(joined[1])) yield [joined[1], unquote(joined[2])];
      continue;
    }
    if (!/^--?[A-Za-z]/.test(word) || word.length > 600) continue;
    yield [word, nextValue];
    const attached = /^-([A-Za-z])([^-=][^]{2,500})$/.exec(word);
    // `-opool:3333` is an option with its value, `-epool` a long option with one dash.
    if (attached?.[1] !== undefined && attached[2] !== undefined && !minerOptions.has(word.slice(1).toLowerCase()))
      yield [`-${attached[1]}`, attached[2]];
  }
}

function unquote(value: string): string {
  return value.replace(/^(["'])([^]*)\1$/, "$2");
}
