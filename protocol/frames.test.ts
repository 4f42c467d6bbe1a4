import assert from "node:assert/strict";
import fc from "fast-check";
import { OpsError } from "#core/opsError";
import { FrameDecoder, encodeFrame, type Utf8 } from "./frames.ts";
import type { FrameLimits } from "./limits.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const utf8: Utf8 = { encode: (text) => encoder.encode(text), decode: (bytes) => strict.decode(bytes) };
const limits: FrameLimits = { frameBytes: 4096, depth: 10, totalBytes: 100_000 };

function decode(chunks: readonly Uint8Array[]): unknown[] {
  const decoder = new FrameDecoder(utf8, limits);
  return chunks.flatMap((chunk) => decoder.push(chunk));
}

function assertViolation(chunks: readonly Uint8Array[]): void {
  assert.throws(
    () => decode(chunks),
    (error) => OpsError.is(error, "protocolViolation"),
  );
}

const frame = (body: string): Uint8Array =>
  encoder.encode(`Content-Length: ${encoder.encode(body).length}\r\n\r\n${body}`);

describe("FrameDecoder", () => {
  it("gives back every message, however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ unit: "grapheme" })), { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (messages, cuts) => {
          const safe = messages.map((message) => JSON.parse(JSON.stringify(message).replaceAll("__proto__", "p")));
          const bytes = Buffer.concat(safe.map((message) => encodeFrame(utf8, message)));
          const chunks: Uint8Array[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = cuts[turn % cuts.length] ?? 1;
            chunks.push(bytes.subarray(at, at + size));
            at += size;
          }
          assert.deepEqual(decode(chunks), safe);
        },
      ),
    );
  });

  const hostile: readonly [string, Uint8Array][] = [
    ["F2 a body longer than the limit, before it arrives", encoder.encode("Content-Length: 2147483648\r\n\r\n")],
    ["F2 a line that never ends", encoder.encode("x".repeat(200))],
    ["F2 more bytes than a session may carry", new Uint8Array(200_000)],
    ["F3 a header with another field", encoder.encode("Content-Length: 2\r\nX: y\r\n\r\n{}")],
    ["F3 a negative length", encoder.encode("Content-Length: -1\r\n\r\n")],
    ["F3 nesting past the limit", frame(`{"a":${"[".repeat(11)}${"]".repeat(11)}}`)],
    ["F3 a __proto__ key", frame('{"params":[{"__proto__":{"isAdmin":true}}]}')],
    ["F3 an array instead of an object", frame("[]")],
    ["F3 a bare number", frame("1e999")],
    ["F3 broken JSON", frame('{"a":')],
    [
      "F3 bytes that are not UTF-8",
      Buffer.concat([encoder.encode("Content-Length: 2\r\n\r\n"), Buffer.from([0xff, 0xfe])]),
    ],
  ];
  for (const [name, bytes] of hostile) {
    it(`${name}: ends the session`, () => assertViolation([bytes]));
  }

  it("F3 any bytes: a message, more to come, or a typed end; never another error, and prototypes stay clean", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 5 }), fc.json(), (chunks, json) => {
        try {
          decode([frame(json), ...chunks]);
        } catch (error) {
          assert.ok(OpsError.is(error, "protocolViolation"), String(error));
        }
        assert.equal(Object.keys(Object.prototype).length, 0);
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps text that merely mentions __proto__", () => {
    assert.deepEqual(decode([frame('{"path":"/tmp/__proto__"}')]), [{ path: "/tmp/__proto__" }]);
  });
});
