import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { readContainer, writeContainer } from "#helper/quarantine/container";

describe("a container of neutralised content", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), "countermine-container-"));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  async function roundTrip(
    content: Buffer,
    isSparse: boolean,
  ): Promise<{ readonly back: Buffer; readonly stored: Buffer }> {
    const path = (name: string): string => join(folder, name);
    for (const name of ["in", "box", "out"]) fs.rmSync(path(name), { force: true });
    fs.writeFileSync(path("in"), content);
    const source = await open(path("in"), "r");
    const written = await writeContainer(Buffer.from(path("box")), source, content.length, isSparse);
    await source.close();
    assert.equal(written.sha256, createHash("sha256").update(content).digest("hex"));
    const target = await open(path("out"), "w+");
    const read = await readContainer(Buffer.from(path("box")), target);
    await target.close();
    assert.deepEqual(read, { ...written, size: content.length });
    return { back: fs.readFileSync(path("out")), stored: fs.readFileSync(path("box")) };
  }

  it("gives back any content, sparse or not", async () => {
    const block = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.constantFrom(new Uint8Array(4096), new Uint8Array(10_000), new Uint8Array(1_100_000)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(block, { maxLength: 5 }), fc.boolean(), async (blocks, isSparse) => {
        const content = Buffer.concat(blocks);
        assert.ok((await roundTrip(content, isSparse)).back.equals(content));
      }),
      { numRuns: 40 },
    );
  });

  it("holds nothing that a scanner or a loader would recognise", async () => {
    const content = Buffer.concat([Buffer.from("\x7fELF"), Buffer.from("stratum+tcp://pool.example:3333 ".repeat(50))]);
    const { stored } = await roundTrip(content, false);
    assert.equal(stored.includes("stratum"), false);
    assert.equal(stored.includes("\x7fELF"), false);
  });

  it("keeps holes as holes on both sides", async () => {
    const content = Buffer.alloc(8 * 2 ** 20);
    content.write("tail", content.length - 4);
    await roundTrip(content, true);
    assert.ok(fs.statSync(join(folder, "out")).blocks * 512 < 64 * 1024);
    assert.ok(fs.statSync(join(folder, "box")).blocks * 512 < 64 * 1024);
  });

  it("refuses what is no container", async () => {
    for (const content of ["", "x".repeat(10_000)]) {
      fs.writeFileSync(join(folder, "box"), content);
      await assert.rejects(readContainer(Buffer.from(join(folder, "box"))), { kind: "stateDamaged" });
    }
  });
});
