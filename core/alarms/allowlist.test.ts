import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { readAllowlist } from "#core/alarms/allowlist";
import { activeRules } from "#core/alarms/allowlistMatch";

const schema: object = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../schemas/allowlist.schema.json"), "utf8"),
);
const hash = "a".repeat(64);

/** Documents as a person writes them, and the places that are wrong in them. */
const documents: readonly (readonly [name: string, yaml: string, problems: readonly string[]])[] = [
  [
    "a full rule",
    `rules: [{field: processPath, operator: equal, value: /opt/a, reason: ours, host: web-1, expires: "2027-01-31"}]`,
    [],
  ],
  ["a version", `{version: 1, rules: []}`, []],
  ["a version of the future", `{version: 2, rules: []}`, ["version"]],
  ["no rules", `version: 1`, ["rules"]],
  ["a list at the top", `[]`, [""]],
  ["a key with a slip", `{rules: [], rule: []}`, ["rule"]],
  ["a rule without reason", `rules: [{field: cmdline, operator: contain, value: node server.js}]`, ["rules[0].reason"]],
  ["an empty reason", `rules: [{field: cmdline, operator: equal, value: node, reason: " "}]`, ["rules[0].reason"]],
  ["an unknown field", `rules: [{field: path, operator: equal, value: /opt/a, reason: r}]`, ["rules[0].field"]],
  ["an unknown operator", `rules: [{field: cmdline, operator: regex, value: .*, reason: r}]`, ["rules[0].operator"]],
  ["an unknown key", `rules: [{field: cmdline, operator: equal, value: a, reason: r, hots: web}]`, ["rules[0].hots"]],
  ["a number as value", `rules: [{field: username, operator: equal, value: 1000, reason: r}]`, ["rules[0].value"]],
  ["a whole hash", `rules: [{field: fileHash, operator: equal, value: ${hash}, reason: r}]`, []],
  ["a short hash", `rules: [{field: fileHash, operator: equal, value: abcd, reason: r}]`, ["rules[0].value"]],
  [
    "a part of a hash",
    `rules: [{field: processHash, operator: contain, value: ${hash}, reason: r}]`,
    ["rules[0].operator"],
  ],
  [
    "a part that is in everything",
    `rules: [{field: filePath, operator: contain, value: /, reason: r}]`,
    ["rules[0].value"],
  ],
  ["a part of stars", `rules: [{field: cmdline, operator: contain, value: "*/*/*.*", reason: r}]`, ["rules[0].value"]],
  ["a relative path", `rules: [{field: filePath, operator: equal, value: opt/a, reason: r}]`, ["rules[0].value"]],
  ["an address", `rules: [{field: loginIp, operator: equal, value: "203.0.113.4", reason: r}]`, []],
  ["no address", `rules: [{field: loginIp, operator: equal, value: everyone, reason: r}]`, ["rules[0].value"]],
  [
    "a date without shape",
    `rules: [{field: username, operator: equal, value: a, reason: r, expires: tomorrow}]`,
    ["rules[0].expires"],
  ],
  ["the second rule only", `rules: [{field: username, operator: equal, value: a, reason: r}, 5]`, ["rules[1]"]],
];

describe("allow-list", () => {
  const validate = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false }).compile(
    schema,
  );
  for (const [name, yaml, expected] of documents) {
    it(`${expected.length === 0 ? "accepts" : "names the place of"} ${name}, and the schema agrees`, () => {
      const document: unknown = parse(yaml);
      const { problems } = readAllowlist(document);
      assert.deepEqual([...new Set(problems.map(({ path }) => path))], expected);
      assert.equal(validate(document), expected.length === 0, JSON.stringify(validate.errors));
    });
  }

  it("accepts the example in docs/alarms.md", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/alarms.md"), "utf8");
    const document: unknown = parse(/```yaml\n([^]*?)```/.exec(page)?.[1] ?? "");
    assert.deepEqual(readAllowlist(document).problems, []);
    assert.equal(readAllowlist(document).rules.length, 1);
    assert.ok(validate(document));
  });

  it("leaves out a rule with a problem and keeps the others", () => {
    const { rules } = readAllowlist({
      rules: [
        { field: "username", operator: "equal", value: "a" },
        { field: "username", operator: "equal", value: "b", reason: "r" },
      ],
    });
    assert.deepEqual(
      rules.map(({ value }) => value),
      ["b"],
    );
  });

  it("reads an empty file as no rules", () => assert.deepEqual(readAllowlist(null), { rules: [], problems: [] }));

  it("lets a rule hold through the day that it names, and no longer", () => {
    const { rules } = readAllowlist({
      rules: [{ field: "username", operator: "equal", value: "a", reason: "r", expires: "2027-01-31" }],
    });
    assert.equal(activeRules(rules, Date.UTC(2027, 0, 31, 23, 59)).length, 1);
    assert.equal(activeRules(rules, Date.UTC(2027, 1, 1)).length, 0);
  });
});
