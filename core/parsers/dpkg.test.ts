import assert from "node:assert/strict";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { dpkgPackageName, eachDpkgListPath, parseDpkgDiversions, parseDpkgMd5sums } from "./dpkg.ts";

const sums = "0123456789abcdef0123456789abcdef  usr/bin/tool\nffffffffffffffffffffffffffffffff  usr/share/a  b\xff\n";
const diversions = "/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/x\n/usr/bin/x.real\n:\n";

describe("parseDpkgMd5sums", () => {
  it("reads digests by absolute path, spaces and odd bytes kept", () => {
    assert.deepEqual(
      [...parseDpkgMd5sums(sums).value],
      [
        ["/usr/bin/tool", "0123456789abcdef0123456789abcdef"],
        ["/usr/share/a  b\xff", "ffffffffffffffffffffffffffffffff"],
      ],
    );
  });

  it("reports lines without digest or path", () => {
    assert.equal(parseDpkgMd5sums("usr/bin/tool\n0123456789abcdef0123456789abcdef  \n").problems.length, 2);
  });

  describeHostileText(parseDpkgMd5sums, sums);
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

  it("give every absolute path, with and without a last newline", () => {
    const paths: string[] = [];
    eachDpkgListPath("/.\n/usr\n\nnoise\n/usr/with space\xff", (path) => paths.push(path));
    assert.deepEqual(paths, ["/.", "/usr", "/usr/with space\xff"]);
  });
});
