import assert from "node:assert/strict";
import fc from "fast-check";
import type { FileStatus } from "../../facts/host.ts";
import type { AutostartFile } from "../autostartClass.ts";
import { spanSeconds } from "./timerInterval.ts";
import { lastValue, listValues, parseUnitFile } from "./unitFile.ts";
import { dropInFolders, isUnitName, templateOf } from "./unitNames.ts";
import { loadUnit, readUnits, type Units } from "./units.ts";
import { startingUnits } from "./unitStates.ts";

/** A path with the text of its file, or with `> ` and the text of its link. */
function units(files: Readonly<Record<string, string>>): Units {
  return readUnits(
    Object.entries(files).map(([path, text]): AutostartFile => {
      const link = text.startsWith("> ") ? text.slice(2) : undefined;
      const status: FileStatus = {
        kind: link === undefined ? "file" : "symlink",
        id: "1:1",
        size: text.length,
        mode: 0o644,
        uid: 0,
        gid: 0,
        nlink: 1,
        mtimeNs: "0",
        ctimeNs: "0",
      };
      return { path, status, isTruncated: false, ...(link === undefined ? { content: text } : { link }) };
    }),
  );
}

const commands = (all: Units, name: string): readonly string[] =>
  listValues(loadUnit(all, name)?.directives ?? [], "Service", "ExecStart");

const lib = "/usr/lib/systemd/system";
const etc = "/etc/systemd/system";

describe("parseUnitFile", () => {
  it("joins continued lines, past comments in between", () =>
    assert.deepEqual(parseUnitFile("[Service]\nExecStart=/bin/a \\\n# no\n  b \\\n; no\nc\nUser=x"), [
      { section: "Service", key: "ExecStart", value: "/bin/a  b  c", line: 2 },
      { section: "Service", key: "User", value: "x", line: 7 },
    ]));

  it("resets a list by an empty value and keeps the last of a single one", () => {
    const directives = parseUnitFile("[Service]\nExecStart=a\nExecStart=\nExecStart=b\nExecStart=c\nUser=x\nUser=y");
    assert.deepEqual(listValues(directives, "Service", "ExecStart"), ["b", "c"]);
    assert.equal(lastValue(directives, "Service", "User"), "y");
  });

  it("answers for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
        for (const { key, line } of parseUnitFile(text)) {
          assert.notEqual(key.length + line, 0);
          assert.ok(line >= 1 && line <= text.split("\n").length);
        }
      }),
    );
  });
});

describe("loadUnit", () => {
  it("prefers /etc to /run to /usr/lib", () => {
    const all = units({
      [`${lib}/a.service`]: "[Service]\nExecStart=lib",
      "/run/systemd/system/a.service": "[Service]\nExecStart=run",
      [`${etc}/a.service`]: "[Service]\nExecStart=etc",
    });
    assert.deepEqual(commands(all, "a.service"), ["etc"]);
  });

  it("follows aliases, and gives the alias the drop-ins of both names", () => {
    const all = units({
      [`${lib}/a.service`]: "[Service]\nExecStart=a",
      [`${etc}/b.service`]: `> ${lib}/a.service`,
      [`${etc}/a.service.d/1.conf`]: "[Service]\nExecStart=1",
      [`${etc}/b.service.d/2.conf`]: "[Service]\nExecStart=2",
    });
    assert.deepEqual(commands(all, "b.service"), ["a", "1", "2"]);
  });

  it("ends a circle of aliases", () => {
    const all = units({ [`${etc}/a.service`]: "> b.service", [`${etc}/b.service`]: "> a.service" });
    assert.equal(loadUnit(all, "a.service"), undefined);
  });

  it("reads the drop-ins of the type, of the prefix and of the template", () => {
    const all = units({
      [`${lib}/foo-bar@.service`]: "[Service]\nExecStart=0",
      [`${etc}/service.d/4.conf`]: "[Service]\nExecStart=4",
      [`${etc}/foo-@.service.d/3.conf`]: "[Service]\nExecStart=3",
      [`${etc}/foo-bar@.service.d/2.conf`]: "[Service]\nExecStart=2",
      [`${etc}/foo-bar@x.service.d/1.conf`]: "[Service]\nExecStart=1",
    });
    assert.deepEqual(commands(all, "foo-bar@x.service"), ["0", "1", "2", "3", "4"]);
  });

  it("takes one drop-in per file name, and none where it is masked", () => {
    const all = units({
      [`${lib}/a.service`]: "[Service]\nExecStart=0",
      [`${lib}/a.service.d/1.conf`]: "[Service]\nExecStart=lib",
      [`${etc}/a.service.d/1.conf`]: "[Service]\nExecStart=etc",
      [`${lib}/a.service.d/2.conf`]: "[Service]\nExecStart=2",
      [`${etc}/a.service.d/2.conf`]: "> /dev/null",
    });
    assert.deepEqual(commands(all, "a.service"), ["0", "etc"]);
  });
});

describe("startingUnits", () => {
  const cases: readonly [string, Readonly<Record<string, string>>, Readonly<Record<string, string | undefined>>][] = [
    [
      "a link under a target, and not a unit without one",
      { [`${lib}/a.service`]: "x", [`${lib}/b.service`]: "x", [`${etc}/multi-user.target.wants/a.service`]: "> x" },
      { "a.service": "boot", "b.service": undefined },
    ],
    [
      "no masked unit, whatever links to it",
      {
        [`${lib}/a.service`]: "x",
        [`${etc}/a.service`]: "> /dev/null",
        [`${etc}/multi-user.target.wants/a.service`]: "> x",
      },
      { "a.service": undefined },
    ],
    [
      "no unit masked by an empty file",
      { [`${etc}/a.service`]: "", [`${lib}/multi-user.target.wants/a.service`]: "> x" },
      { "a.service": undefined },
    ],
    [
      "a link under a service only when that service starts",
      {
        [`${lib}/a.service`]: "x",
        [`${etc}/a.service.requires/b.service`]: "> x",
        [`${etc}/c.service.wants/d.service`]: "> x",
        [`${etc}/multi-user.target.wants/a.service`]: "> x",
      },
      { "b.service": "boot", "d.service": undefined },
    ],
    [
      "what the default target pulls in through directives",
      {
        [`${etc}/default.target`]: `> ${lib}/multi-user.target`,
        [`${lib}/multi-user.target`]: "[Unit]\nRequires=basic.target a.service",
        [`${lib}/a.service`]: "[Unit]\nBindsTo=b.service",
        [`${lib}/reboot.target`]: "[Unit]\nRequires=c.service",
      },
      { "a.service": "boot", "b.service": "boot", "c.service": undefined },
    ],
    [
      "the service of a timer with the timer's schedule, and `boot` before it",
      {
        [`${lib}/a.timer`]: "[Timer]\nOnCalendar=daily\nOnCalendar=\nOnBootSec=5",
        [`${etc}/timers.target.wants/a.timer`]: "> x",
        [`${lib}/b.timer`]: "[Timer]\nOnCalendar=daily\nUnit=c.service",
        [`${etc}/timers.target.wants/b.timer`]: "> x",
        [`${etc}/multi-user.target.wants/c.service`]: "> x",
      },
      { "a.service": "time: OnBootSec=5", "c.service": "boot", "b.service": undefined },
    ],
    [
      "the service of a socket and of a path, and an instance for each connection",
      {
        [`${lib}/a.socket`]: "[Socket]\nAccept=yes",
        [`${lib}/b.path`]: "[Path]\nUnit=c.service",
        [`${etc}/sockets.target.wants/a.socket`]: "> x",
        [`${etc}/paths.target.wants/b.path`]: "> x",
      },
      { "a@.service": "event", "c.service": "event", "b.service": undefined },
    ],
    [
      "what starts when another unit fails",
      { [`${lib}/a.service`]: "[Unit]\nOnFailure=b.service", [`${etc}/multi-user.target.wants/a.service`]: "> x" },
      { "b.service": "event" },
    ],
    [
      "the default instance of a template",
      { [`${lib}/g@.service`]: "[Install]\nDefaultInstance=tty1", [`${etc}/getty.target.wants/g@.service`]: "> x" },
      { "g@tty1.service": "boot" },
    ],
    [
      "the unit behind an alias",
      {
        [`${lib}/a.service`]: "x",
        [`${etc}/b.service`]: `> ${lib}/a.service`,
        [`${etc}/multi-user.target.wants/b.service`]: "> x",
      },
      { "a.service": "boot", "b.service": "boot" },
    ],
    ["transient units", { "/run/systemd/transient/r.service": "x" }, { "r.service": "event" }],
  ];
  for (const [name, files, expected] of cases)
    it(`counts ${name}`, () => {
      const states = startingUnits(units(files));
      for (const [unit, trigger] of Object.entries(expected)) assert.equal(states.get(unit)?.trigger, trigger, unit);
    });

  it("does not depend on the order of the files", () => {
    const files = Object.entries({
      [`${lib}/a.timer`]: "[Timer]\nOnCalendar=daily\nUnit=c.service",
      [`${lib}/b.timer`]: "[Timer]\nOnCalendar=weekly\nUnit=c.service",
      [`${etc}/timers.target.wants/a.timer`]: "> x",
      [`${etc}/timers.target.wants/b.timer`]: "> x",
      [`${lib}/c.service`]: "[Unit]\nWants=d.service",
    });
    fc.assert(
      fc.property(fc.shuffledSubarray(files, { minLength: files.length }), (shuffled) => {
        const states = startingUnits(units(Object.fromEntries(shuffled)));
        assert.equal(states.get("d.service")?.trigger, "time: OnCalendar=daily");
      }),
    );
  });
});

describe("unit names", () => {
  it("knows the template of an instance", () => {
    assert.equal(templateOf("getty@tty1.service"), "getty@.service");
    assert.equal(templateOf("getty@.service"), undefined);
    assert.equal(templateOf("ssh.service"), undefined);
  });

  it("takes drop-in folders from the most to the least specific", () =>
    assert.deepEqual(dropInFolders("a-b-c.service"), [
      "a-b-c.service.d",
      "a-b-.service.d",
      "a-.service.d",
      "service.d",
    ]));

  it("refuses what systemd refuses", () => {
    for (const name of ["a", "a.service ", ".service", "a b.service", "a.conf", `${"a".repeat(260)}.service`])
      assert.equal(isUnitName(name), false, name);
    for (const name of ["a.service", "a@b.timer", String.raw`dev-disk-by\x2duuid.swap`])
      assert.equal(isUnitName(name), true, name);
  });
});

describe("spanSeconds", () => {
  const cases: readonly [string, number][] = [
    ["30", 30],
    ["30s", 30],
    ["1min 30s", 90],
    ["1h30m", 5400],
    ["500ms", 0.5],
    ["forever", Number.POSITIVE_INFINITY],
    ["5 parsecs", Number.POSITIVE_INFINITY],
    ["", Number.POSITIVE_INFINITY],
  ];
  for (const [span, seconds] of cases)
    it(`is ${seconds} for "${span}"`, () => assert.equal(spanSeconds(span), seconds));
});
