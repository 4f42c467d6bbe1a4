import assert from "node:assert/strict";
import { cryptonoteAddresses, looksLikeAddress } from "#core/knowledge/cryptoAddress";
import { makeCryptonoteAddress } from "#test/checks/makeAddress";

/** The address under which the Monero project takes donations, as its own documentation prints it. */
const projectDonation =
  "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H";

describe("cryptonoteAddresses", () => {
  const standard = makeCryptonoteAddress(18, 1);
  const cases: readonly (readonly [name: string, text: string, count: number])[] = [
    ["a standard address", standard, 1],
    ["a subaddress", makeCryptonoteAddress(42, 2), 1],
    ["an integrated address", makeCryptonoteAddress(19, 3, 8), 1],
    ["a test network's address", makeCryptonoteAddress(53, 4), 1],
    ["another coin's address", makeCryptonoteAddress(0x1a3e, 5), 1],
    ["the project's own donation address", projectDonation, 1],
    ["an address with a worker and a difficulty", `${standard}.web-1+50000`, 1],
    ["an address in quotes", `{"user":"${standard}","pass":"x"}`, 1],
    ["an address in a setting", `WALLET=${standard}`, 1],
    ["two addresses", `${standard},${makeCryptonoteAddress(18, 9)}`, 2],
    ["the same address twice", `${standard} ${standard}`, 1],
    ["an address with one digit changed", standard.replace(/.$/, (digit) => (digit === "x" ? "y" : "x")), 0],
    ["an address within a longer word", `${standard}abc`, 0],
    ["letters of the right length", "4".repeat(95), 0],
  ];
  for (const [name, text, count] of cases)
    it(`finds ${count} in ${name}`, () => assert.equal(cryptonoteAddresses(text).length, count));

  it("tells Monero from its relatives", () => {
    assert.equal(cryptonoteAddresses(standard)[0]?.coin, "Monero");
    assert.equal(cryptonoteAddresses(makeCryptonoteAddress(0x1a3e, 5))[0]?.coin, "another CryptoNote coin");
  });

  it("F4 stays linear on a megabyte of its own alphabet", () => {
    for (const text of [
      "4".repeat(1 << 20),
      `${"4".repeat(95)} `.repeat(10_000),
      "4".repeat(95).concat("0").repeat(10_000),
    ]) {
      const startedAt = performance.now();
      assert.deepEqual(cryptonoteAddresses(text), []);
      assert.ok(performance.now() - startedAt < 500);
    }
  });
});

describe("looksLikeAddress", () => {
  const yes = [
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4.rig",
    "0x52908400098527886E0F7030069857D2E4169EE7/worker",
    "RKzSM4JRqA3Ju7GwJxSBUCSFSBpWgqrDPc",
  ];
  for (const value of yes) it(`takes ${value}`, () => assert.ok(looksLikeAddress(value)));
  for (const value of [
    "root",
    "user:password",
    "deploy@example.org",
    "/var/lib/postgresql/15/main",
    "550e8400-e29b-41d4-a716-446655440000",
  ])
    it(`leaves ${value}`, () => assert.ok(!looksLikeAddress(value)));
});
