import assert from "node:assert/strict";
import fc from "fast-check";
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

const topics = [
  "preload",
  "cron",
  "unit",
  "profile",
  "hosts",
  "minerConfig",
  "script",
  "history",
  "pam",
  "rcLocal",
] as const;

/** Bytes that names and arguments are made of in attacks, mixed with words that the checks look for. */
const words = fc.constantFrom(
  "/tmp/",
  ".x",
  " ",
  "\n",
  "\x1b[2K",
  "\xe2\x80\xae",
  "\xff",
  ")",
  "[kworker/0:1]",
  "sshd",
  "/usr/sbin/",
  "bash",
  "-c",
  "-i",
  "curl http://198.51.100.4/x",
  "|",
  "sh",
  "$(",
  "`",
  "stratum+tcp://a.b:1",
  "/dev/tcp/1.2.3.4/5",
  "LD_PRELOAD=",
  "\0",
  "/memfd:",
  "pipe:[1]",
  "socket:[7]",
  "python3",
  "[",
  "]",
  "nginx",
  "redis-server",
  "..",
  "pam_exec.so expose_authtok",
  "base64 -d",
);
const bytes = fc
  .array(fc.oneof(words, fc.string({ unit: "binary", maxLength: 4 })), { maxLength: 6 })
  .map((parts) => Buffer.from(parts.join("")).toString("latin1"));

const anyFacts = fc.record({
  processes: fc
    .array(
      fc.record({
        ppid: fc.integer({ min: 0, max: 6 }),
        startTime: fc.integer({ min: 0, max: 5 }),
        tty: fc.constantFrom(0, 34816),
        comm: bytes,
        argv: fc.array(bytes, { maxLength: 4 }),
        environ: bytes,
        cwd: bytes,
        cgroup: bytes,
        standardStreams: fc.array(fc.option(bytes, { nil: undefined }), { maxLength: 3 }),
        openFiles: fc.array(bytes, { maxLength: 2 }),
        socketInodes: fc.constantFrom([], ["7"]),
        exe: fc.option(
          fc.record({ path: bytes, isDeleted: fc.boolean(), isMemfd: fc.boolean(), isReplaced: fc.boolean() }),
        ),
      }),
      { maxLength: 6 },
    )
    .map((processes) => processes.map((process, index) => ({ pid: index + 1, ...process }))),
  sockets: fc.array(
    fc.record({
      inode: fc.constant("7"),
      state: fc.constantFrom("ESTABLISHED", "LISTEN"),
      remoteAddress: fc.constantFrom("203.0.113.7", "::1", ""),
      localPort: fc.constantFrom(22, 4444),
      pids: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
  texts: fc.array(fc.record({ topic: fc.constantFrom(...topics), path: bytes, content: bytes }), { maxLength: 3 }),
  mappings: fc.array(fc.record({ path: bytes, pids: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }) }), {
    maxLength: 2,
  }),
  hidden: fc.array(
    fc.record({
      pid: fc.integer({ min: 1, max: 9 }),
      startTime: fc.nat(9),
      comm: bytes,
      exePath: bytes,
      shownBy: fc.array(bytes, { maxLength: 2 }),
      hiddenFrom: fc.array(bytes, { maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
  pamModules: fc.array(fc.record({ path: bytes, usedBy: fc.array(bytes, { maxLength: 2 }) }), { maxLength: 2 }),
});

describe("checks on hostile input", function () {
  this.timeout(120_000);
  for (const check of checks) {
    it(`F4 ${check.id} ${check.slug} judges 1 MiB of any argument in linear time`, () => {
      for (const [name, text] of Object.entries(hostile)) {
        const facts = expandFacts({
          processes: [
            { pid: 700, argv: ["sh", "-c", text], exe: { path: "/usr/bin/dash" }, comm: text.slice(0, 15) },
            { pid: 701, argv: [text.slice(0, 4096)], exe: { path: "/usr/bin/python3.11" } },
          ],
        });
        assert.ok(fastest(() => runChecks([check], facts)) < budgetMs, `slow on ${name}`);
      }
    });

    it(`F4 ${check.id} ${check.slug} judges a full text file and a full environment in linear time`, () => {
      for (const [name, text] of Object.entries(hostile)) {
        const content = text.slice(0, 256 << 10);
        const environ = `LD_PRELOAD=${text.slice(0, 32 << 10)}`;
        for (const topic of topics) {
          const facts = expandFacts({
            texts: [{ topic, path: "/etc/x", content }],
            ownership: { "/etc/x": "unowned" },
            processes: [{ pid: 700, argv: ["x"], environ }],
          });
          assert.ok(fastest(() => runChecks([check], facts)) < budgetMs, `slow on ${name} as ${topic}`);
        }
      }
    });

    it(`C2 ${check.id} ${check.slug} judges any bytes without failing`, () => {
      fc.assert(
        fc.property(anyFacts, (fixture) => {
          const [outcome] = runChecks([check], expandFacts(fixture));
          assert.notEqual(outcome?.kind, "notRun", JSON.stringify(outcome));
          for (const finding of outcome?.kind === "findings" ? outcome.findings : []) {
            assert.ok(finding.points >= 1 && finding.points <= 100, `${finding.points} points`);
            assert.ok(
              !/[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]/.test(finding.text + finding.source),
              finding.text,
            );
          }
        }),
        { numRuns: 300 },
      );
    });
  }
});

/** 256 pieces of 4 KiB, of which each may take 50 ms by the fault table; linear work takes a hundredth of that. */
const budgetMs = 200;

/** The best of a few runs in milliseconds of CPU time, because a shared machine makes any one of them slow. */
function fastest(run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 8 && best >= budgetMs; round += 1) {
    const start = process.cpuUsage();
    run();
    best = Math.min(best, process.cpuUsage(start).user / 1000);
  }
  return best;
}
