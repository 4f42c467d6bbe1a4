import assert from "node:assert/strict";
import fc from "fast-check";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { dpkgPackageName, dpkgMd5sum, parseDpkgDiversions } from "./dpkg.ts";

const sums = "0123456789abcdef0123456789abcdef  usr/bin/tool\nffffffffffffffffffffffffffffffff  usr/share/a  b\xff\n";
const diversions = "/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/x\n/usr/bin/x.real\n:\n";

describe("dpkgMd5sum", () => {
  it("finds the digest of an absolute path, spaces and odd bytes kept", () => {
    assert.equal(dpkgMd5sum(sums, "/usr/bin/tool"), "0123456789abcdef0123456789abcdef");
    assert.equal(dpkgMd5sum(sums, "/usr/share/a  b\xff"), "ffffffffffffffffffffffffffffffff");
    assert.equal(dpkgMd5sum(sums.replace("  usr", " *usr"), "/usr/bin/tool"), "0123456789abcdef0123456789abcdef");
  });

  it("takes no part of a line for it", () => {
    assert.equal(dpkgMd5sum(sums, "/b\xff"), undefined);
    assert.equal(dpkgMd5sum(sums, "/usr/bin/too"), undefined);
    assert.equal(dpkgMd5sum("0123456789abcdef0123456789abcdeX  usr/bin/tool\n", "/usr/bin/tool"), undefined);
    assert.equal(dpkgMd5sum("usr/bin/tool\n", "/usr/bin/tool"), undefined);
    assert.equal(dpkgMd5sum(sums, "/usr/bin/tool\nffffffffffffffffffffffffffffffff  usr/share/a  b\xff"), undefined);
  });

  it("never throws, and answers with a digest or nothing", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, path) => {
        assert.match(dpkgMd5sum(text, path) ?? "", /^([0-9a-f]{32})?$/);
      }),
    );
  });
});

describe("parseDpkgDiversions", () => {
  it("reads records of three lines", () => {
    assert.deepEqual(parseDpkgDiversions(diversions).value, [
      { from: "/bin/sh", to: "/bin/sh.distrib", package: "dash" },
      { from: "/usr/bin/x", to: "/usr/bin/x.real", package: ":" },
    ]);
  });

  it("reports a record that was cut", () => {
    assert.equal(parseDpkgDiversions("/a\n/b\n").problems.length, 1);
  });

  describeHostileText(parseDpkgDiversions, diversions);
});

describe("dpkg lists", () => {
  it("name the package without architecture", () => {
    assert.equal(dpkgPackageName("libc6:amd64.list"), "libc6");
    assert.equal(dpkgPackageName("bash.md5sums"), "bash");
  });
});
