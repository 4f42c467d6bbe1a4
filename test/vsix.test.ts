import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { packageExtension } from "#scripts/packageExtension";
import { findInvisibleCharacter } from "#test/invisibleCharacters";
import { zipEntries } from "#test/zipEntries";

const root = join(__dirname, "..");

/** Every path in the package matches one of these; the first three are vsce's own. */
const allowedPaths: readonly RegExp[] = [
  /^\[Content_Types\]\.xml$/,
  /^extension\.vsixmanifest$/,
  /^extension\/LICENSE\.txt$/,
  /^extension\/package\.json$/,
  /^extension\/(readme|changelog|SECURITY)\.md$/,
  /^extension\/media\/[\w-]+\.(svg|png|css|js)$/,
  /^extension\/schemas\/[\w.-]+\.json$/,
  /^extension\/docs\/(alarms|autostart|checks|rules|settings|using)\.md$/,
  /^extension\/core\/(checks|autostart|actions)\/[\w-]+\/doc\.md$/,
  /^extension\/dist\/(extension|server|helper|cli)\.cjs$/,
  /^extension\/dist\/THIRD-PARTY-NOTICES\.txt$/,
];

const forbiddenNames =
  /(^|\/)(\.env.*|node_modules|[^/]*\.test\.[^/]*|[^/]*\.map|[^/]*\.node|[^/]*\.ts|fixtures)(\/|$)/;

describe("G11 the package", function () {
  this.timeout(60_000);
  let folder = "";
  let entries: ReadonlyMap<string, Buffer>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "countermine-vsix-"));
    await packageExtension(root, join(folder, "first.vsix"), { runtimePacks: "leftOut" });
    entries = zipEntries(readFileSync(join(folder, "first.vsix")));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("holds allow-listed files only", () => {
    const unexpected = [...entries.keys()].filter((path) => !allowedPaths.some((allowed) => allowed.test(path)));
    assert.deepEqual(unexpected, []);
    assert.deepEqual(
      [...entries.keys()].filter((path) => forbiddenNames.test(path)),
      [],
    );
  });

  it("holds what the extension needs to start", () => {
    for (const needed of [
      "extension/package.json",
      "extension/LICENSE.txt",
      "extension/media/icon.png",
      "extension/media/activity.svg",
      "extension/dist/extension.cjs",
      "extension/dist/server.cjs",
      "extension/dist/helper.cjs",
      "extension/dist/cli.cjs",
      "extension/dist/THIRD-PARTY-NOTICES.txt",
    ]) {
      assert.ok((entries.get(needed)?.length ?? 0) > 0, needed);
    }
  });

  it("has no source maps inside its bundles", () => {
    for (const [path, bytes] of entries) {
      if (path.endsWith(".cjs")) assert.ok(!bytes.includes("sourceMappingURL"), path);
    }
  });

  it("has no invisible or direction-changing characters in its text files", () => {
    const found = [...entries].flatMap(([path, bytes]) => invisibleIn(path, bytes));
    assert.deepEqual(found, []);
  });

  it("has the same files with the same bytes when packed twice", async () => {
    await packageExtension(root, join(folder, "second.vsix"), { runtimePacks: "leftOut" });
    assert.deepEqual(digests(zipEntries(readFileSync(join(folder, "second.vsix")))), digests(entries));
  });
});

describe("G11 the sources", () => {
  it("have no invisible or direction-changing characters", () => {
    const found = sourceFiles(root).flatMap((path) => invisibleIn(relative(root, path), readFileSync(path)));
    assert.deepEqual(found, []);
  });

  it("would be refused with a direction override, a zero-width joiner or a tag character", () => {
    for (const code of [0x202e, 0x200d, 0xfeff, 0x00ad, 0xe0041]) {
      assert.match(findInvisibleCharacter(`a\nb${String.fromCodePoint(code)}c`) ?? "", /^line 2: U\+/);
    }
    assert.equal(findInvisibleCharacter("plain, é, 漢字, →"), undefined);
  });
});

function invisibleIn(path: string, bytes: Buffer): string[] {
  // Pictures and archives hold NUL bytes; text does not.
  if (bytes.includes(0)) return [];
  const found = findInvisibleCharacter(bytes.toString("utf8"));
  return found === undefined ? [] : [`${path} ${found}`];
}

/** Every file of the source tree, without what is built, installed, or recorded from a hostile host. */
function sourceFiles(folder: string): string[] {
  const left = new Set(["node_modules", ".git", "dist", "out", "test-results", ".cache", "coverage", "fixtures"]);
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (left.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.isFile() ? [path] : [];
  });
}

function digests(entries: ReadonlyMap<string, Buffer>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...entries].map(([path, bytes]) => [path, createHash("sha256").update(bytes).digest("hex")]),
  );
}
