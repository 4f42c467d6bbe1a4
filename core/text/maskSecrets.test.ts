import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeBase64 } from "#core/text/base64";
import { encodeBase64 } from "#core/text/encodeBase64";
import { maskSecrets } from "#core/text/maskSecrets";

describe("maskSecrets", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["mysql --password=hunter2 -h db", "mysql --password=*** -h db"],
    ["tool --token abc123 run", "tool --token *** run"],
    ["env API_KEY='s3 cret' x", "env API_KEY=*** x"],
    ["curl -H Authorization: Bearer abcdefgh.ijkl", "curl -H Authorization: Bearer ***"],
    ["psql postgres://app:hunter2@db/app", "psql postgres://app:***@db/app"],
    ["./m -o pool.example:3333 -u 4wallet -p x", "./m -o pool.example:3333 -u 4wallet -p x"],
    ["grep password /etc/login.defs", "grep password /etc/login.defs"],
  ];
  for (const [line, masked] of cases) it(`shows ${masked}`, () => assert.equal(maskSecrets(line), masked));

  it("F4 takes a hostile command line in linear time", () => {
    for (const piece of ["password=", "://a:", "--token ", "'", "bearer "]) {
      const startedAt = performance.now();
      maskSecrets(piece.repeat(Math.ceil(32_768 / piece.length)));
      assert.ok(performance.now() - startedAt < 200, piece);
    }
  });
});

describe("encodeBase64", () => {
  it("agrees with Node and is undone by decodeBase64, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (raw) => {
        const bytes = Buffer.from(raw).toString("latin1");
        assert.equal(encodeBase64(bytes), Buffer.from(raw).toString("base64"));
        assert.equal(decodeBase64(encodeBase64(bytes)), bytes);
      }),
    );
  });
});
