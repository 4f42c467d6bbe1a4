import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RememberedOwnership } from "#helper/policy/rememberedOwnership";

describe("RememberedOwnership", () => {
  let folder: string;
  let path: string;
  let asked: number;
  let now: number;
  let ownership: RememberedOwnership;

  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), "countermine-owner-"));
    path = join(folder, "program");
    fs.writeFileSync(path, "shipped");
    asked = 0;
    now = 0;
    ownership = new RememberedOwnership(
      {
        ownerOf: () => {
          asked += 1;
          const isShipped = fs.readFileSync(path, "utf8") === "shipped";
          return { manager: "dpkg", package: "tool", digest: isShipped ? "intact" : "modified" };
        },
      },
      () => now,
    );
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const digest = (): string => {
    const owner = ownership.ownerOf(path);
    return typeof owner === "string" ? owner : owner.digest;
  };

  it("asks once about the same file within a minute", () => {
    assert.deepEqual([digest(), digest(), asked], ["intact", "intact", 1]);
    now = 61_000;
    assert.deepEqual([digest(), asked], ["intact", 2]);
  });

  it("asks again at once when the content or the file is another one", () => {
    digest();
    fs.writeFileSync(path, "trojan!");
    assert.equal(digest(), "modified");
    fs.writeFileSync(`${path}.new`, "shipped");
    fs.renameSync(`${path}.new`, path);
    assert.equal(digest(), "intact");
    assert.equal(asked, 3);
  });
});
