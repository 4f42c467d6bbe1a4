import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { AlarmRecord } from "#core/alarms/alarmRecords";
import type { AllowRule } from "#core/alarms/allowlistMatch";
import { judge, type Judgement } from "#core/alarms/judge";
import type { Check, CheckOutcome, Finding, Severity } from "#core/checks/check";
import { unseen } from "#core/facts/observed";
import { expandFacts, type FactsFixture } from "#test/checks/factsFixture";

/** Checks of which a test says what they find, to judge the judge and not the checks. */
function check(id: string, severity: Severity): Check {
  return {
    id,
    slug: id.toLowerCase(),
    title: `Title of ${id}`,
    category: "Malware",
    type: "Mining",
    severity,
    attack: ["T1496.001"],
    maturity: "stable",
    needs: ["processes"],
    falsePositives: [],
    weakness: "",
    run: () => [],
  };
}

const m01 = check("M01", "critical");
const m10 = check("M10", "high");
const m14 = check("M14", "low");
const p03 = check("P03", "high");
const p09 = check("P09", "critical");
const p17 = check("P17", "medium");
const r01 = check("R01", "critical");
const all = [m01, m10, m14, p03, p09, p17, r01];

function on(pid: number, points: number, more: Partial<Finding> = {}): Finding {
  return { subject: { kind: "process", key: `${pid}@${1000 + pid}` }, points, text: "seen", source: "/proc", ...more };
}

function found(id: string, ...findings: readonly Finding[]): CheckOutcome {
  return { kind: "findings", check: id, findings, gaps: [] };
}

function digest(text: string): string {
  return createHash("sha256").update(text, "latin1").digest("hex");
}

function run(
  facts: FactsFixture,
  outcomes: readonly CheckOutcome[],
  more: { readonly earlier?: readonly AlarmRecord[]; readonly allowlist?: readonly AllowRule[] } = {},
): Judgement {
  return judge({
    facts: expandFacts(facts),
    outcomes,
    checks: all,
    mode: "balanced",
    earlier: [],
    allowlist: [],
    digest,
    ...more,
  });
}

const miner = { pid: 100, exe: { path: "/opt/x/m" }, argv: ["./m", "-o", "pool"] };
const daemon = { pid: 200, exe: { path: "/usr/sbin/daemon" } };

describe("judge", () => {
  it("adds up the points of one subject, and names the alarm after its strongest mining rule", () => {
    const { alarms } = run({ processes: [miner] }, [found("M01", on(100, 70)), found("M10", on(100, 30))]);
    assert.equal(alarms.length, 1);
    assert.deepEqual(alarms[0]?.rules, ["M01", "M10"]);
    assert.equal(alarms[0]?.score, 110, "70 + 30 + 10 for an unowned program");
    assert.equal(alarms[0]?.severity, "critical");
    assert.equal(alarms[0]?.title, "Title of M01");
    assert.equal(alarms[0]?.process?.pid, 100);
    assert.match(alarms[0]?.id ?? "", /^[0-9a-f]{16}$/);
  });

  it("gives a sum that is the sum of what it shows", () => {
    const { alarms } = run({ processes: [{ ...daemon, cgroup: "/" }] }, [
      found("M01", on(200, 70)),
      found("M10", on(200, 50)),
    ]);
    const [alarm] = alarms;
    const shown = [...(alarm?.evidence ?? []), ...(alarm?.counterEvidence ?? [])].reduce(
      (sum, { points }) => sum + points,
      0,
    );
    assert.equal(alarm?.score, shown);
    assert.equal(alarm?.counterEvidence[0]?.points, -40);
  });

  it("keeps a package's own intact program below the threshold, and says why", () => {
    const { alarms, suppressed } = run({ processes: [daemon] }, [found("M10", on(200, 70))]);
    assert.deepEqual(alarms, []);
    assert.equal(suppressed[0]?.score, 30);
    assert.equal(suppressed[0]?.counterEvidence[0]?.rule, "packageIntact");
  });

  it("does not excuse a package's own program that was turned into a tool", () => {
    const { alarms } = run({ processes: [daemon] }, [found("P09", on(200, 90))]);
    assert.equal(alarms[0]?.score, 90);
    assert.deepEqual(alarms[0]?.counterEvidence, []);
  });

  it("does not excuse an interpreter by its package", () => {
    const python = { pid: 201, exe: { path: "/usr/bin/python3.11" }, argv: ["python3", "/opt/p.py"] };
    assert.equal(run({ processes: [python] }, [found("M01", on(201, 70))]).alarms[0]?.score, 70);
  });

  it("does not excuse a program whose name alone is trusted", () => {
    const forged = { pid: 202, exe: { path: "/home/a/bin/postgres" }, comm: "postgres" };
    assert.deepEqual(run({ processes: [forged] }, [found("M01", on(202, 70))]).alarms[0]?.counterEvidence, []);
  });

  it("does not excuse a container's program by a package of the host", () => {
    const inside = {
      pid: 203,
      exe: { path: "/usr/sbin/daemon", isReplaced: true },
      cgroup: "/system.slice/docker-0123456789abcdef.scope",
      namespaces: { mnt: "1", pid: "1" },
    };
    assert.deepEqual(run({ processes: [inside] }, [found("M01", on(203, 70))]).alarms[0]?.counterEvidence, []);
  });

  it("takes what a packaged unit runs as expected only when nothing overrides the unit", () => {
    const unit = { topic: "unit", path: "/lib/systemd/system/fixture.service", content: "" } as const;
    const override = { topic: "unit", path: "/etc/systemd/system/fixture.service", content: "" } as const;
    const outcomes = [found("M10", on(200, 70))];
    const rules = (texts: FactsFixture["texts"] & object): readonly string[] =>
      run({ processes: [daemon], texts }, outcomes).suppressed[0]?.counterEvidence.map(({ rule }) => rule) ?? [];
    assert.deepEqual(rules([unit]), ["packageIntact", "packagedUnit"]);
    assert.deepEqual(rules([unit, override]), ["packageIntact"]);
  });

  it("gives no counter-evidence when the package database could not be read", () => {
    const facts = { ...expandFacts({ processes: [daemon] }), ownership: unseen("EACCES") };
    const { alarms } = judge({
      facts,
      outcomes: [found("M01", on(200, 70))],
      checks: all,
      mode: "balanced",
      earlier: [],
      allowlist: [],
      digest,
    });
    assert.equal(alarms[0]?.score, 70);
  });

  it("is high only with a direct finding, or with two kinds that are serious by themselves", () => {
    const facts = { processes: [miner] };
    const severity = (...outcomes: readonly CheckOutcome[]): string | undefined =>
      run(facts, outcomes).alarms[0]?.severity;
    assert.equal(severity(found("M10", on(100, 60))), "medium", "one circumstantial kind");
    assert.equal(severity(found("M10", on(100, 30)), found("P03", on(100, 30))), "high", "use and place");
    assert.equal(
      severity(found("M10", on(100, 30, { severity: "medium" })), found("P03", on(100, 30, { severity: "medium" }))),
      "medium",
    );
    assert.equal(severity(found("M14", on(100, 90))), "low", "never above the worst check");
    assert.equal(severity(found("M01", on(100, 55))), "high", "critical asks for 70 points");
  });

  it("has the thresholds of the three modes", () => {
    const facts = expandFacts({ processes: [miner] });
    const count = (mode: "sensitive" | "balanced" | "conservative", points: number): number =>
      judge({ facts, outcomes: [found("M10", on(100, points))], checks: all, mode, earlier: [], allowlist: [], digest })
        .alarms.length;
    assert.deepEqual([count("sensitive", 24), count("sensitive", 25)], [0, 1]);
    assert.deepEqual([count("balanced", 49), count("balanced", 50)], [0, 1]);
    assert.deepEqual([count("conservative", 69), count("conservative", 70)], [0, 1]);
  });

  it("weighs unknown programs more on a host that hides files", () => {
    const preload: Finding = {
      subject: { kind: "file", path: "/etc/ld.so.preload" },
      points: 90,
      text: "x",
      source: "x",
    };
    const { alarms } = run(
      { processes: [{ pid: 100, exe: { path: "/usr/sbin/simhide" } }], ownership: { "/usr/sbin/simhide": "unowned" } },
      [found("R01", preload), found("M10", on(100, 20))],
    );
    const alarm = alarms.find(({ process }) => process?.pid === 100);
    assert.deepEqual([alarm?.score, alarm?.severity], [65, "high"]);
  });

  it("G15 reports a check that failed as not run, and never as a hit", () => {
    const { alarms, notRun } = run({ processes: [miner] }, [
      { kind: "notRun", check: "M01", reason: "The check itself failed: boom" },
      { kind: "findings", check: "Z99", findings: [on(100, 100)], gaps: [] },
    ]);
    assert.deepEqual(alarms, []);
    assert.ok(notRun.some(({ check, reason }) => check === "M01" && reason.includes("boom")));
    assert.ok(notRun.some(({ check }) => check === "Z99"));
    assert.ok(
      notRun.some(({ check }) => check === "M10"),
      "a check without an outcome was not run",
    );
  });
});

describe("judge, grouping", () => {
  const watch = { pid: 300, exe: { path: "/usr/bin/dash" }, argv: ["sh", "/var/tmp/.sys/w.sh", "a"] };
  const burner = { pid: 301, ppid: 300, exe: { path: "/var/tmp/.sys/m" } };
  const helper = { pid: 302, ppid: 301, exe: { path: "/var/tmp/.sys/h" } };

  it("makes one alarm of a watchdog, its burner and their files, led by the program of unknown origin", () => {
    const config: Finding = {
      subject: { kind: "file", path: "/var/tmp/.sys/c.json" },
      points: 50,
      text: "x",
      source: "x",
    };
    const { alarms } = run({ processes: [watch, burner, helper] }, [
      found("P17", on(300, 80)),
      found("P03", on(301, 40), on(302, 40)),
      found("M01", config),
    ]);
    assert.equal(alarms.length, 1);
    assert.equal(alarms[0]?.process?.pid, 301);
    assert.deepEqual(new Set(alarms[0]?.children?.map(({ pid }) => pid)), new Set([300, 302]));
    assert.equal(alarms[0]?.file?.path, "/var/tmp/.sys/m");
    assert.deepEqual(alarms[0]?.relatedFiles?.map(({ path }) => path).sort(), [
      "/var/tmp/.sys/c.json",
      "/var/tmp/.sys/h",
    ]);
    assert.equal(alarms[0]?.score, 80 + 40 + 50 + 10, "the same rule counts once");
  });

  it("keeps programs apart that only share a common folder, a shell or a service manager", () => {
    const processes = [
      { pid: 400, exe: { path: "/usr/bin/bash" } },
      { pid: 401, ppid: 400, exe: { path: "/tmp/a" } },
      { pid: 402, ppid: 400, exe: { path: "/tmp/b" } },
    ];
    const { alarms } = run({ processes }, [found("M01", on(401, 70), on(402, 70))]);
    assert.deepEqual(new Set(alarms.map(({ process }) => process?.pid)), new Set([401, 402]));
  });

  it("joins two runs of one executable, and shows the children that were not found", () => {
    const status = { id: "8:77" };
    const processes = [
      { pid: 500, exe: { path: "/tmp/a", status } },
      { pid: 501, exe: { path: "/tmp/b", status } },
      { pid: 502, ppid: 501, exe: { path: "/usr/bin/sleep" } },
    ];
    const { alarms } = run({ processes }, [found("M01", on(500, 70), on(501, 70))]);
    assert.equal(alarms.length, 1);
    assert.deepEqual(new Set(alarms[0]?.children?.map(({ pid }) => pid)), new Set([501, 502]));
  });

  it("names a process that only the pid sweep saw", () => {
    const hidden = [{ pid: 600, startTime: 1600, comm: "kx", exePath: "/root/x", shownBy: ["a"], hiddenFrom: ["b"] }];
    const { alarms } = run({ hidden }, [found("P09", on(600, 100))]);
    assert.deepEqual(
      [alarms[0]?.process?.pid, alarms[0]?.process?.exe, alarms[0]?.severity],
      [600, "/root/x", "critical"],
    );
  });

  it("stays fast with thousands of accused processes", () => {
    const processes = Array.from({ length: 5000 }, (_, index) => ({
      pid: 1000 + index,
      ppid: 999 + index,
      exe: { path: `/var/tmp/.x/${index}` },
    }));
    const outcome = found("M01", ...processes.map(({ pid }) => on(pid, 70)));
    const startedAt = performance.now();
    assert.equal(run({ processes }, [outcome]).alarms.length, 1);
    assert.ok(performance.now() - startedAt < 3000);
  });
});

describe("judge, states", () => {
  const facts = { processes: [miner] };
  const outcome = [found("M01", on(100, 70))];
  const later = { ...facts, host: { wallMs: 1_750_000_060_000 } };
  const marked = (state: "handled" | "ignored"): readonly AlarmRecord[] =>
    run(facts, outcome).records.map((record) => ({ ...record, alarm: { ...record.alarm, state, remark: "known" } }));

  it("keeps id, first time, state and remark of an alarm that is still there, and counts", () => {
    const [before] = run(facts, outcome).alarms;
    for (const state of ["handled", "ignored"] as const) {
      const [alarm] = run(later, outcome, { earlier: marked(state) }).alarms;
      assert.equal(alarm?.id, before?.id);
      assert.deepEqual([alarm?.state, alarm?.remark, alarm?.count], [state, "known", 2]);
      assert.deepEqual([alarm?.firstSeen, alarm?.lastSeen], [before?.firstSeen, 1_750_000_060_000]);
    }
  });

  it("asks again when the program is there with a new start", () => {
    const respawned = { processes: [{ ...miner, pid: 101, startTime: 9999 }] };
    const again = [found("M01", { ...on(101, 70), subject: { kind: "process", key: "101@9999" } })];
    for (const state of ["handled", "ignored"] as const) {
      const { alarms, records } = run(respawned, again, { earlier: marked(state) });
      assert.deepEqual(
        alarms.map((alarm) => alarm.state),
        ["toBeHandled"],
      );
      assert.equal(records.length, 2, "the one that was judged stays on record");
    }
  });

  it("asks again when a second process joins a handled incident, under the same id", () => {
    const both = { processes: [miner, { ...miner, pid: 101 }] };
    const [alarm] = run(both, [found("M01", on(100, 70), on(101, 70))], { earlier: marked("handled") }).alarms;
    assert.deepEqual([alarm?.state, alarm?.id], ["toBeHandled", run(facts, outcome).alarms[0]?.id]);
  });

  it("does not take the same pid after a reboot for the same run", () => {
    const rebooted = { ...facts, host: { bootId: "11111111-0000-4000-8000-000000000000" } };
    assert.equal(run(rebooted, outcome, { earlier: marked("handled") }).alarms[0]?.state, "toBeHandled");
  });

  it("keeps an allow-listed alarm in its own state, and goes back when the rule is gone", () => {
    const rule: AllowRule = { field: "processPath", operator: "equal", value: "/opt/x/m", reason: "our own pool" };
    const allowed = run(facts, outcome, { allowlist: [rule], earlier: marked("handled") });
    assert.deepEqual([allowed.alarms[0]?.state, allowed.alarms[0]?.remark], ["allowlisted", "our own pool"]);
    const [after] = run(facts, outcome, { earlier: allowed.records }).alarms;
    assert.deepEqual([after?.state, after?.remark], ["handled", undefined]);
  });

  it("allow-lists an incident only when every process in it is covered", () => {
    const both = { processes: [miner, { pid: 101, ppid: 100, exe: { path: "/opt/x/other" } }] };
    const outcomes = [found("M01", on(100, 70), on(101, 70))];
    const rule = (value: string): AllowRule => ({ field: "processPath", operator: "equal", value, reason: "r" });
    const state = (...values: readonly string[]): string | undefined =>
      run(both, outcomes, { allowlist: values.map(rule) }).alarms[0]?.state;
    assert.equal(state("/opt/x/m"), "toBeHandled");
    assert.equal(state("/opt/x/m", "/opt/x/other"), "allowlisted");
  });
});
