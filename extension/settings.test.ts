import assert from "node:assert/strict";
import fc from "fast-check";
import { hostLabel, isProduction } from "./hosts/hostEntry.ts";
import { parseSettings } from "./settings.ts";

const names = [
  "hosts",
  "mode",
  "detectionMode",
  "stateFolder",
  "leaveNothingBehind",
  "sshConfigFile",
  "rememberPasswords",
  "watchSeconds",
  "connectAtStart",
] as const;
const parse = (values: Readonly<Record<string, unknown>>) => parseSettings((name) => values[name]);
const defaults = parse({}).settings;

describe("G8 settings", () => {
  it("observe, and store no password, unless told otherwise", () => {
    assert.deepEqual(parse({}).problems, []);
    assert.equal(defaults.startInActMode, false);
    assert.equal(defaults.rememberPasswords, false);
    assert.equal(defaults.watchSeconds, 60);
  });

  for (const name of names) {
    it(`of a wrong type fall back to the default and are named: ${name}`, () => {
      for (const value of [null, Number.NaN, { a: 1 }, Symbol("x")]) {
        const { settings, problems } = parse({ [name]: value });
        assert.deepEqual(settings, defaults);
        assert.equal(problems.length, 1);
        assert.equal(problems[0]?.setting, `countermine.${name}`);
      }
    });
  }

  it("never start in act mode by mistake", () => {
    for (const mode of ["Act", "ACT", true, 1, ["act"], "act "])
      assert.equal(parse({ mode }).settings.startInActMode, false);
    assert.equal(parse({ mode: "act" }).settings.startInActMode, true);
  });

  it("take the first 10,000 of 10,001 hosts and say so", () => {
    const hosts = Array.from({ length: 10_001 }, (_, index) => ({ address: `host-${index}` }));
    const { settings, problems } = parse({ hosts });
    assert.equal(settings.hosts.length, 10_000);
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.message ?? "", /10001 entries/);
  });

  it("leave out a bad host, by its place, and keep the others", () => {
    const { settings, problems } = parse({
      hosts: [
        { address: "good" },
        { address: "" },
        { address: "with-secret", password: "x" },
        "text",
        { address: "x".repeat(201) },
        { address: "good", label: "again" },
        { address: "grüße-日本.example", label: "東京 🗼" },
      ],
    });
    assert.deepEqual(
      settings.hosts.map(({ address }) => address),
      ["good", "grüße-日本.example"],
    );
    assert.deepEqual(
      problems.map(({ setting }) => setting),
      [1, 2, 3, 4, 5].map((index) => `countermine.hosts[${index}]`),
    );
    assert.ok(!problems.some(({ message }) => message.includes('"x"')), "a secret in the wrong place is not repeated");
  });

  it("survive any value", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.anything()), (values) => {
        const { settings, problems } = parse(values);
        assert.ok(Array.isArray(settings.hosts));
        for (const { message } of problems) assert.ok(message.length > 0);
      }),
    );
  });
});

describe("host entry", () => {
  it("is named by its label where it has one", () => {
    assert.equal(hostLabel({ address: "a" }), "a");
    assert.equal(hostLabel({ address: "a", label: "b" }), "b");
  });

  it("counts as production in any spelling", () => {
    for (const environment of ["production", "Production", "PROD", "live"])
      assert.ok(isProduction({ address: "a", environment }));
    for (const environment of ["staging", "preprod", ""]) assert.ok(!isProduction({ address: "a", environment }));
    assert.ok(!isProduction({ address: "a" }));
  });
});
