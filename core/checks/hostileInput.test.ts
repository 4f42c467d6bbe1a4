import assert from "node:assert/strict";
import { expandFacts } from "#test/checks/factsFixture";
import { checks } from "./registry.ts";
import { runChecks } from "./runChecks.ts";

const megabyte = 1 << 20;
const fill = (piece: string): string => piece.repeat(Math.ceil(megabyte / piece.length)).slice(0, megabyte);

/** Text that makes a pattern with nested or adjacent repetition take forever. */
const hostile: Readonly<Record<string, string>> = {
  letters: fill("a"),
  blanks: fill(" "),
  "line feeds": fill("\n"),
  slashes: fill("/"),
  dots: fill("../"),
  pipes: fill("|"),
  downloads: fill("curl -o /tmp/a http://a;"),
  "downloads without an end": fill("curl http://"),
  substitutions: fill("$("),
  backquotes: fill("`wget "),
  base64: fill("QUJD"),
  schemes: fill("stratum+tcp://"),
  "thread names": fill("[kworker/"),
  devices: fill("/dev/tcp/"),
  relays: fill("nc -e nc -"),
  readers: fill("read eval $a"),
  quotes: fill("'\""),
  assignments: fill("A=b "),
  sockets: fill("socket.socket STDIN"),
  "bytes that are not UTF-8": fill("\xff\xfe"),
  "option signs": fill("-o "),
  wallets: fill("4A"),
};

describe("checks on hostile input", function () {
  this.timeout(120_000);
  for (const check of checks) {
    it(`F4 ${check.id} ${check.slug} judges 1 MiB of any argument in less than 50 ms`, () => {
      for (const [name, text] of Object.entries(hostile)) {
        const facts = expandFacts({
          processes: [
            { pid: 700, argv: ["sh", "-c", text], exe: { path: "/usr/bin/dash" }, comm: text.slice(0, 15) },
            { pid: 701, argv: [text.slice(0, 4096)], exe: { path: "/usr/bin/python3.11" } },
          ],
        });
        assert.ok(fastest(() => runChecks([check], facts)) < 50, `slow on ${name}`);
      }
    });
  }
});

/** The best of a few runs in milliseconds, because a shared machine makes any one of them slow. */
function fastest(run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5 && best >= 50; round += 1) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
