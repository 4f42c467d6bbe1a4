import { decodeBase64Runs } from "../../text/base64.ts";
import { showBytes } from "../../text/showBytes.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import { defineCheck, type Finding } from "../check.ts";
import { isSearchTool } from "../searchTools.ts";

export const check = defineCheck({
  id: "M01",
  slug: "stratum-uri",
  title: "Mining pool address on a command line",
  category: "Malware",
  type: "Mining",
  severity: "critical",
  attack: ["T1496.001"],
  maturity: "stable",
  needs: ["processes"],
  falsePositives: ["A pool monitor or an editor that was given the address as an argument."],
  weakness: "A miner that reads the address from a configuration file or the environment never shows it here.",
  run({ processes }): readonly Finding[] {
    return processes.flatMap((process) => judge(process));
  },
});

/** `stratum+tcp://` and its relatives, as pools and miners write them; `stratum2+` is the version 2 scheme. */
const stratumUri = /stratum[12]?(?:\+(?:tcp|ssl|tls|tcps|udp|ws|wss|http|https|tcp\+tls))?:\/\/[^\s'"]{3,}/i;

function judge(process: ProcessFact): readonly Finding[] {
  if (process.argv.length === 0 || isSearchTool(process)) return [];
  const source = `/proc/${process.pid}/cmdline`;
  const subject = { kind: "process", key: processKey(process) } as const;
  for (const argument of process.argv) {
    const plain = stratumUri.exec(argument);
    if (plain)
      return [
        { subject, points: 70, source, text: `The command line names a mining pool: ${showBytes(plain[0], 200)}` },
      ];
    if (decodeBase64Runs(argument).some((decoded) => stratumUri.test(decoded))) {
      return [{ subject, points: 70, source, text: "The command line carries a mining pool address in base64." }];
    }
  }
  return [];
}
