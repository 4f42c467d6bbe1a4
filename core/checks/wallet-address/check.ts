import type { TextFact } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { cryptonoteAddresses, looksLikeAddress, type CryptonoteAddress } from "../../knowledge/cryptoAddress.ts";
import { decodeBase64Runs } from "../../text/base64.ts";
import type { ByteString } from "../../text/byteString.ts";
import { shellWords, textLimit } from "../../text/commandWords.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { isSearchTool } from "../searchTools.ts";
import { incidentProcesses } from "../textSubjects.ts";

export const check = defineCheck({
  id: "M03",
  slug: "wallet-address",
  title: "Wallet address of a mined coin",
  category: "Malware",
  type: "Mining",
  severity: "high",
  attack: ["T1496.001"],
  maturity: "stable",
  needs: ["processes", "texts"],
  falsePositives: [
    "The wallet, the node or the shop of somebody who uses the coin: an address alone is not enough for an alarm.",
  ],
  weakness: "A proxy of the attacker adds the wallet far away, so that the host never sees it.",
  run({ processes, texts }): readonly Finding[] {
    return [...processes.flatMap(judgeProcess), ...texts.flatMap((text) => judgeText(text, processes))];
  },
});

function judgeProcess(process: ProcessFact): readonly Finding[] {
  if (isSearchTool(process)) return [];
  const subject = { kind: "process", key: processKey(process) } as const;
  const inArguments = addressesIn(process.argv.join(" ").slice(0, textLimit))[0];
  if (inArguments !== undefined)
    return [
      {
        subject,
        points: 45,
        source: `/proc/${process.pid}/cmdline`,
        text: `The command line has a wallet address of ${inArguments.coin}: ${shortened(inArguments)}.`,
      },
    ];
  const inEnvironment = addressesIn(process.environ ?? "")[0];
  if (inEnvironment !== undefined)
    return [
      {
        subject,
        points: 35,
        source: `/proc/${process.pid}/environ`,
        text: `The environment has a wallet address of ${inEnvironment.coin}: ${shortened(inEnvironment)}.`,
      },
    ];
  const other = otherCoin(process.argv);
  return other === undefined
    ? []
    : [
        {
          subject,
          points: 25,
          source: `/proc/${process.pid}/cmdline`,
          text: `The command line has a pool address and what looks like a wallet: ${showBytes(other, 80)}.`,
        },
      ];
}

/** Addresses of other coins have no strong checksum here, so one counts only beside a pool's scheme on the same line. */
function otherCoin(argv: readonly ByteString[]): ByteString | undefined {
  const line = argv.join(" ").slice(0, textLimit);
  if (!/\b(?:stratum|ethproxy|ethstratum|zcash)[\w+]{0,12}:\/\//i.test(line)) return undefined;
  return shellWords(line)
    .flatMap((word) => word.split(/[=@/]/))
    .find((word) => word.length >= 26 && looksLikeAddress(word));
}

const topics: ReadonlySet<TextFact["topic"]> = new Set(["minerConfig", "script", "cron", "unit", "rcLocal", "profile"]);

function judgeText(text: TextFact, processes: readonly ProcessFact[]): readonly Finding[] {
  if (!topics.has(text.topic)) return [];
  const address = addressesIn(text.content)[0];
  if (address === undefined) return [];
  const found = {
    source: showBytes(text.path),
    text: `${showBytes(text.path, 200)} has a wallet address of ${address.coin}: ${shortened(address)}.`,
  };
  const involved = incidentProcesses(text, processes);
  if (involved.length === 0)
    return [{ ...found, subject: { kind: "file", path: text.path, id: text.status.id }, points: 35 }];
  return involved.map((process) => ({
    ...found,
    subject: { kind: "process", key: processKey(process) },
    points: 40,
    relatedFiles: [text.path],
  }));
}

function addressesIn(text: ByteString): readonly CryptonoteAddress[] {
  const plain = cryptonoteAddresses(text, 1);
  return plain.length > 0 || text.length < 120
    ? plain
    : decodeBase64Runs(text.slice(0, textLimit), 120).flatMap((decoded) => cryptonoteAddresses(decoded, 1));
}

function shortened({ text }: CryptonoteAddress): string {
  return `${text.slice(0, 8)}…${text.slice(-6)}`;
}
