import type { FactName, Facts } from "#core/facts/facts";
import { collectFacts } from "#helper/collectors/collectFacts";
import { defaultLimits } from "#helper/collectors/collectOptions";
import { LinuxHost } from "#helper/host/linuxHost";

/**
 * Prints facts as one JSON document, for tests that look from inside another namespace or
 * as another user. Arguments: names of facts, separated by commas, and the uid to become.
 */
async function main(): Promise<void> {
  const [names = "", uid = "0"] = process.argv.slice(2);
  if (uid !== "0") {
    process.setgroups?.([]);
    process.setgid?.(Number(uid));
    process.setuid?.(Number(uid));
  }
  const facts = await collectFacts(new LinuxHost(), {
    cpuWindowMs: 10,
    facts: names.split(",") as readonly FactName[],
    limits: { ...defaultLimits, stageMs: 30_000 },
  });
  const wanted = Object.fromEntries(names.split(",").map((name) => [name, facts[name as keyof Facts]]));
  process.stdout.write(JSON.stringify(wanted, (_, value: unknown) => (value instanceof Map ? [...value] : value)));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
