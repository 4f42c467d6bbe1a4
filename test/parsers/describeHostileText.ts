import assert from "node:assert/strict";
import fc from "fast-check";

/** What processes call themselves to break readers: separators of every format, escapes, bytes that are no UTF-8. */
const nasty = [
  "\n",
  "\0",
  "\t",
  " ",
  ") ",
  " (",
  ":",
  "::",
  " - ",
  "\\040",
  "\\",
  "\x1b[31m",
  "\xff\xfe",
  "\xe2\x80\xae",
  "__proto__",
  "-1",
  "1e400",
  "NaN",
  "99999999999999999999",
  "'",
  '"',
  "=",
] as const;

/**
 * The promise of every parser: whatever the text, it answers, its problems are a bounded
 * list of text without control characters, and equal text gives an equal answer.
 * @param sample a well-formed text, which is also cut and disturbed
 */
export function describeHostileText(
  parse: (text: string) => { readonly value: unknown; readonly problems: readonly string[] },
  sample: string,
): void {
  const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
  const noise = fc.array(fc.oneof(byte, fc.constantFrom(...nasty)), { maxLength: 60 }).map((parts) => parts.join(""));
  const disturbed = fc
    .tuple(noise, fc.nat(sample.length), fc.nat(8))
    .map(([text, at, dropped]) => sample.slice(0, at) + text + sample.slice(at + dropped));

  it("never throws, and says what is wrong in bounded, printable text", () => {
    fc.assert(
      fc.property(fc.oneof(noise, disturbed), (text) => {
        const { value, problems } = parse(text);
        assert.ok(problems.length <= 21);
        for (const problem of problems) assert.match(problem, /^[^\x00-\x1f\x7f]{1,200}$/);
        assert.deepEqual(parse(text), { value, problems });
      }),
      { numRuns: 300 },
    );
  });
}
