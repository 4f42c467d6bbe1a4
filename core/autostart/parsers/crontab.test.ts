import assert from "node:assert/strict";
import { minutesPerHour, parseCrontab } from "./crontab.ts";

describe("parseCrontab", () => {
  const cases: readonly [string, string, readonly unknown[]][] = [
    [
      "a job",
      "*/5 0 1,15 * sun /bin/x a b",
      [{ kind: "job", line: 1, schedule: "*/5 0 1,15 * sun", command: "/bin/x a b" }],
    ],
    ["tabs and many blanks", " 1\t2  * * *\t x", [{ kind: "job", line: 1, schedule: "1 2 * * *", command: "x" }]],
    ["a word for a schedule", "@reboot x", [{ kind: "job", line: 1, schedule: "@reboot", command: "x" }]],
    [
      "a carriage return inside the command",
      "@daily x\r# y",
      [{ kind: "job", line: 1, schedule: "@daily", command: "x\r# y" }],
    ],
    ["comments and empty lines", "# a\n\n  \n\t# b", []],
    [
      "SUSE's and cronie's additions",
      "-0~59 * * * * x",
      [{ kind: "job", line: 1, schedule: "-0~59 * * * *", command: "x" }],
    ],
    ["a variable", "MAILTO=root", [{ kind: "environment", line: 1, variable: "MAILTO", value: "root" }]],
    ["a variable in quotes", "\"A B\" = ' x '", [{ kind: "environment", line: 1, variable: "A B", value: " x " }]],
    [
      "an assignment inside a command",
      "@hourly A=b x",
      [{ kind: "job", line: 1, schedule: "@hourly", command: "A=b x" }],
    ],
    ["a line with too few fields", "* * * x", [{ kind: "notUnderstood", line: 1, text: "* * * x" }]],
    ["a word that is no schedule", "@sometimes x", [{ kind: "notUnderstood", line: 1, text: "@sometimes x" }]],
    ["prose", "this is no job at all", [{ kind: "notUnderstood", line: 1, text: "this is no job at all" }]],
  ];
  for (const [name, text, lines] of cases)
    it(`reads ${name}`, () => assert.deepEqual(parseCrontab(text, { hasUserColumn: false }), lines));

  it("takes the user from the column where there is one", () =>
    assert.deepEqual(parseCrontab("@reboot www-data x", { hasUserColumn: true }), [
      { kind: "job", line: 1, schedule: "@reboot", user: "www-data", command: "x" },
    ]));
});

describe("minutesPerHour", () => {
  const cases: readonly [string, number][] = [
    ["* * * * *", 60],
    ["*/1 * * * *", 60],
    ["-* */1 * * *", 60],
    ["@every_minute", 60],
    ["0-59 * * * *", 60],
    ["*/2 * * * *", 30],
    ["*/10 * * * *", 6],
    ["5-55/10 * * * *", 6],
    ["1,31 * * * *", 2],
    ["* 3 * * *", 0],
    ["* * * * mon", 0],
    ["@hourly", 0],
    ["*/0 * * * *", 60],
  ];
  for (const [schedule, count] of cases)
    it(`is ${count} for ${schedule}`, () => assert.equal(minutesPerHour(schedule), count));
});
