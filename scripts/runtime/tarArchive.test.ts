import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { tarArchive, type TarFile } from "./tarArchive.ts";

const files: readonly TarFile[] = [
  { name: "node", bytes: Buffer.alloc(513, "n"), isExecutable: true },
  { name: "libc.so.6", bytes: Buffer.alloc(512, "c"), isExecutable: false },
  { name: "empty", bytes: Buffer.alloc(0), isExecutable: false },
];

describe("tarArchive", () => {
  it("depends on the files and not on their order", () => {
    assert.deepEqual(tarArchive(files), tarArchive([...files].reverse()));
  });

  it("is read by tar, with modes, owners and sizes", function () {
    const tar = spawnSync("tar", ["--list", "--verbose", "--numeric-owner", "-f", "-"], {
      input: tarArchive(files),
      encoding: "utf8",
      env: { ...process.env, TZ: "UTC" },
    });
    if (tar.error !== undefined) this.skip();
    const rows = tar.stdout
      .trim()
      .split("\n")
      .map((row) => row.split(/\s+/));
    assert.deepEqual(
      rows.map(([mode, owner, size, date, , name]) => [mode, owner, size, date, name]),
      [
        ["-rw-r--r--", "0/0", "0", "1980-01-01", "empty"],
        ["-rw-r--r--", "0/0", "512", "1980-01-01", "libc.so.6"],
        ["-rwxr-xr-x", "0/0", "513", "1980-01-01", "node"],
      ],
    );
  });
});
