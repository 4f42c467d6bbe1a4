import assert from "node:assert/strict";
import { keccak256 } from "#core/crypto/keccak256";

describe("keccak256", () => {
  // From the Keccak team's known answers and the Ethereum yellow paper's empty hash.
  const vectors: readonly (readonly [name: string, message: Uint8Array, digest: string])[] = [
    ["nothing", new Uint8Array(), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"],
    ["abc", Buffer.from("abc"), "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"],
    ["one byte cc", Buffer.from([0xcc]), "eead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a"],
    [
      "the quick brown fox",
      Buffer.from("The quick brown fox jumps over the lazy dog"),
      "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15",
    ],
    [
      "a transfer",
      Buffer.from("transfer(address,uint256)"),
      "a9059cbb2ab09eb219583f4a59a5d0623ade346d962bcd4e46b11da047c9049b",
    ],
  ];
  for (const [name, message, digest] of vectors)
    it(`digests ${name}`, () => assert.equal(Buffer.from(keccak256(message)).toString("hex"), digest));

  it("digests messages around the length of a block without going wrong", () => {
    const digests = [134, 135, 136, 137, 271, 272, 273].map((length) =>
      Buffer.from(keccak256(new Uint8Array(length))).toString("hex"),
    );
    assert.equal(new Set(digests).size, digests.length);
    assert.equal(digests[2], "3a5912a7c5faa06ee4fe906253e339467a9ce87d533c65be3c15cb231cdb25f9");
  });
});
