import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8, isUtf8 } from "#core/text/byteString";
import { showBytes, showText } from "#core/text/showBytes";

describe("showBytes", () => {
  const cases: readonly [string, string, string][] = [
    ["an escape sequence", "\x1b[2Jok", "\\u{1b}[2Jok"],
    ["an OSC 52 clipboard write", "\x1b]52;c;aGk=\x07", "\\u{1b}]52;c;aGk=\\u{7}"],
    ["a right-to-left override", encodeUtf8("exe\u202etxt"), "exe\\u{202e}txt"],
    ["a zero-width space", encodeUtf8("ss\u200bhd"), "ss\\u{200b}hd"],
    ["a newline", "a\nb", "a\\u{a}b"],
    ["a byte that is not UTF-8", "caf\xe9", "caf\\xe9"],
    ["ordinary UTF-8", encodeUtf8("café 日本"), "café 日本"],
  ];
  for (const [name, bytes, shown] of cases) {
    it(`shows ${name} without letting it act`, () => assert.equal(showBytes(bytes), shown));
  }

  it("cuts at the limit and says so", () => assert.equal(showText("abcdef", 4), "abc…"));

  it("decodes exactly what Node decodes, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const bytes = Buffer.from(text, "utf8").toString("latin1");
        assert.equal(encodeUtf8(text), bytes);
        assert.equal(decodeUtf8(bytes), text);
        assert.equal(isUtf8(bytes), true);
      }),
    );
  });

  it("agrees with a strict decoder about what is UTF-8, for any bytes", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (raw) => {
        let accepted = true;
        try {
          strict.decode(raw);
        } catch {
          accepted = false;
        }
        assert.equal(isUtf8(Buffer.from(raw).toString("latin1")), accepted);
      }),
      { numRuns: 2000 },
    );
  });
});
