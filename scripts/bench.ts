import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Benchmark, Figure } from "./bench/figure.ts";

/**
 * `npm run bench [-- --json] [NAME…]`: measures what the goals of the project name, each
 * next to a peer in the same run. Every file in bench/figures/ is one benchmark. Exit
 * code 1 when a goal was missed.
 */
async function main(): Promise<void> {
  const asJson = process.argv.includes("--json");
  const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
  const figures: Figure[] = [];
  const notMeasured: { readonly name: string; readonly reason: string }[] = [];
  const folder = join(__dirname, "bench/figures");
  for (const file of readdirSync(folder).sort()) {
    const { benchmark }: { readonly benchmark: Benchmark } = await import(join(folder, file));
    if (wanted.length > 0 && !wanted.includes(benchmark.name)) continue;
    const reason = benchmark.unavailable?.();
    if (reason !== undefined) notMeasured.push({ name: benchmark.name, reason });
    else figures.push(...(await benchmark.measure()));
  }
  if (asJson) console.log(JSON.stringify({ figures, notMeasured }, undefined, 2));
  else {
    for (const figure of figures) console.log(showFigure(figure));
    for (const { name, reason } of notMeasured) console.log(`not measured  ${name}: ${reason}`);
  }
  process.exitCode = figures.every(({ isMet }) => isMet) ? 0 : 1;
}

function showFigure({ name, value, unit, peer, ratio, goal, isMet }: Figure): string {
  const against = peer === undefined ? "" : `, ${peer.name} ${round(peer.value)} ${unit}`;
  const factor = ratio === undefined ? "" : `, ratio ${round(ratio)}`;
  return `${isMet ? "met   " : "MISSED"}  ${name}: ${round(value)} ${unit}${against}${factor} (goal: ${goal})`;
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
