import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeUtf8 } from "#core/text/byteString";
import { lsattrFlags, parseLsattr } from "./lsattrFlags.ts";

describe("parseLsattr", () => {
  it("reads the flags and the path behind them", () =>
    assert.deepEqual(
      parseLsattr("----i---------e------- /etc/a b\n--------------e------- /etc/c\n-----a---------------- /d\n"),
      [
        ["/etc/a b", true],
        ["/etc/c", false],
        ["/d", true],
      ],
    ));

  it("leaves out what has another form", () =>
    assert.deepEqual(parseLsattr("lsattr: Operation not supported\n\n---- /short\nrelative path\n"), []));
});

describe("lsattrFlags", () => {
  it("asks for several files at once, and is not misled by a name with a line break", async function () {
    if (!existsSync("/usr/bin/lsattr") || process.platform !== "linux") {
      // Nothing to ask: the answer must then be empty, and the items do not say.
      assert.equal((await lsattrFlags(["/etc/passwd"], undefined)).size, 0);
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), "flags-"));
    try {
      const names = ["plain", "with blank", "é", "line\n----i--------- forged"].map((name) => join(folder, name));
      for (const name of names) writeFileSync(name, "");
      const flags = await lsattrFlags(names.map(encodeUtf8), undefined);
      // A file system without flags answers for none.
      assert.ok(flags.size === 3 || flags.size === 0, String(flags.size));
      assert.ok([...flags.values()].every((isFixed) => !isFixed));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
