import assert from "node:assert/strict";
import fc from "fast-check";
import { isFailure } from "#core/facts/host";
import { MemoryHost } from "#test/autostart/memoryHost";
import { rootedHost } from "./rootedHost.ts";

describe("rootedHost", () => {
  const host = new MemoryHost({
    "/secret": "outside",
    "/image/file": "inside",
    "/image/etc/absolute": { link: "/file" },
    "/image/etc/climbing": { link: "../../../../file" },
    "/image/etc/outside": { link: "/secret" },
    "/image/etc/loop": { link: "loop" },
    "/image/up": { link: "../.." },
  });
  const inside = rootedHost(host, "/image/");

  const cases: readonly [string, string][] = [
    ["/file", "inside"],
    ["/etc/absolute", "inside"],
    ["/etc/climbing", "inside"],
    ["/up/file", "inside"],
    ["/../../file", "inside"],
    ["/etc/outside", "ENOENT"],
    ["/up/secret", "ENOENT"],
    ["/etc/loop", "ELOOP"],
    ["/etc", "EFTYPE"],
  ];
  for (const [path, expected] of cases)
    it(`answers ${expected} for ${path}`, () => {
      const answer = inside.read(path);
      assert.equal(isFailure(answer) ? answer.failure : answer, expected);
      if (isFailure(answer)) assert.equal(answer.path, path);
    });

  it("never reads outside, whatever the links say", () => {
    const target = fc
      .array(fc.constantFrom("..", ".", "a", "b", "", "secret"), { maxLength: 6 })
      .map((parts) => parts.join("/"));
    const step = fc.constantFrom("a", "b", "..", "secret", "c");
    fc.assert(
      fc.property(target, target, fc.array(step, { maxLength: 6 }), (one, other, steps) => {
        const links = {
          ...(one === "" ? {} : { "/r/a": { link: one } }),
          ...(other === "" ? {} : { "/r/b": { link: other } }),
        };
        const answer = rootedHost(
          new MemoryHost({ "/secret": "outside", "/r/c/secret": "inside", ...links }),
          "/r",
        ).read(`/${steps.join("/")}`);
        assert.notEqual(answer, "outside");
      }),
      { numRuns: 1000 },
    );
  });
});
