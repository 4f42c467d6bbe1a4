import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import type { KnownKey } from "./hostKeyVerdict.ts";
import { judgeHostKey } from "./hostKeyVerdict.ts";

describe("judgeHostKey", () => {
  const presented = ed25519Blob();
  const other = ed25519Blob();
  const authority = ed25519Blob();
  const offered = { keyType: "ssh-ed25519", key: presented };

  it("matches a listed key", () => {
    assert.equal(judgeHostKey(offered, [], [known(presented)]).kind, "match");
  });

  it("matches when one of several keys of the type is the presented one", () => {
    assert.equal(judgeHostKey(offered, [], [known(other), known(presented)]).kind, "match");
  });

  it("reports a mismatch with every known key of the type", () => {
    const verdict = judgeHostKey(offered, [], [known(other), known(authority)]);
    assert(verdict.kind === "mismatch");
    assert.equal(verdict.known.length, 2);
  });

  it("tells a key of another type from a changed one", () => {
    const rsa: KnownKey = { ...known(other), keyType: "ssh-rsa" };
    assert.equal(judgeHostKey(offered, [], [rsa]).kind, "otherKeyType");
  });

  it("knows nothing about a host without entries", () => {
    assert.equal(judgeHostKey(offered, [], []).kind, "unknown");
  });

  it("lets the operator's own decision win over an old entry of known_hosts", () => {
    assert.equal(judgeHostKey(offered, [known(presented)], [known(other)]).kind, "match");
  });

  it("does not fall back to known_hosts when the operator approved another key of the type", () => {
    assert.equal(judgeHostKey(offered, [known(other)], [known(presented)]).kind, "mismatch");
  });

  it("A5 a revoked key is refused in every order of the lines, even when the operator approved it", () => {
    const lines = [
      known(presented),
      known(presented, "revoked"),
      known(other),
      known(authority, "ca"),
      known(other, "revoked"),
    ];
    for (const order of permutations(lines)) {
      const verdict = judgeHostKey(offered, [known(presented)], order);
      assert(verdict.kind === "revoked");
      assert(verdict.known.key.equals(presented));
    }
  });

  it("A5 a key on a list of revoked keys is refused", () => {
    assert.equal(judgeHostKey(offered, [], [known(presented)], [known(presented, "revoked")]).kind, "revoked");
  });

  it("A6 a host that is known by an authority only is not asked about", () => {
    assert.equal(judgeHostKey(offered, [], [known(authority, "ca")]).kind, "caOnly");
    // Not even when the authority's own key is presented: it signs hosts, it is none.
    assert.equal(judgeHostKey({ keyType: "ssh-ed25519", key: authority }, [], [known(authority, "ca")]).kind, "caOnly");
    const rsa: KnownKey = { ...known(other), keyType: "ssh-rsa" };
    assert.equal(judgeHostKey(offered, [], [known(authority, "ca"), rsa]).kind, "caOnly");
  });

  it("A5 gives the same verdict for every order of any entries", () => {
    const entry = fc.record({
      key: fc.constantFrom(presented, other, authority),
      role: fc.constantFrom("key", "ca", "revoked" as const),
      keyType: fc.constantFrom("ssh-ed25519", "ssh-rsa"),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), fc.infiniteStream(fc.nat()), (entries, seeds) => {
        const listed = entries.map((entry): KnownKey => ({ ...known(entry.key, entry.role), keyType: entry.keyType }));
        const shuffled = listed
          .map((entry) => ({ entry, place: seeds.next().value ?? 0 }))
          .sort((one, two) => one.place - two.place)
          .map(({ entry }) => entry);
        assert.equal(judgeHostKey(offered, [], listed).kind, judgeHostKey(offered, [], shuffled).kind);
      }),
    );
  });
});

function known(key: Buffer, role: KnownKey["role"] = "key"): KnownKey {
  return { role, keyType: "ssh-ed25519", key, file: "/known_hosts", line: 1 };
}

function ed25519Blob(): Buffer {
  const raw = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  const type = Buffer.from("ssh-ed25519");
  return Buffer.concat([length(type), type, length(raw), raw]);
}

function length(field: Buffer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(field.length);
  return bytes;
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}
