import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageExtension } from "#scripts/packageExtension";
import { readElf } from "#scripts/runtime/elf";
import { ensureRuntimePacks } from "#scripts/runtime/ensureRuntimePacks";
import { zipEntries } from "#test/zipEntries";

const root = join(__dirname, "../..");
const packs = join(root, "dist/runtime");
const architectures = ["x64", "arm64"] as const;

interface PackRecord {
  readonly sha256: string;
  readonly bytes: number;
  readonly unpackedBytes: number;
  readonly loader: string;
  readonly libraries: readonly string[];
}

/**
 * The runtime packs as a host meets them. They are built from the npm registry and Debian's
 * packages, and run in a root of their own; without those, or without the right to make such
 * a root, the tests are skipped with the reason.
 */
describe("runtime packs", function () {
  this.timeout(10 * 60_000);
  let folder = "";
  let manifest: Readonly<Record<string, PackRecord>> = {};
  const record = (architecture: string): PackRecord => {
    const entry = manifest[architecture];
    assert.ok(entry, `no pack for ${architecture}`);
    return entry;
  };
  const unpacked = (architecture: string): string => join(folder, architecture, "pack");

  before(function () {
    try {
      ensureRuntimePacks(root);
    } catch (error) {
      console.log(`  the runtime packs can't be built here: ${error instanceof Error ? error.message : String(error)}`);
      this.skip();
    }
    manifest = JSON.parse(readFileSync(join(packs, "manifest.json"), "utf8"));
    folder = mkdtempSync(join(tmpdir(), "countermine-runtime-"));
    for (const architecture of architectures) {
      mkdirSync(unpacked(architecture), { recursive: true });
      const tar = spawnSync("tar", [
        "-xzf",
        join(packs, `linux-${architecture}.tar.gz`),
        "-C",
        unpacked(architecture),
        "--no-same-owner",
      ]);
      assert.equal(tar.status, 0, tar.stderr.toString());
    }
  });
  after(() => {
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  it("are not built a second time", () => {
    const startedAt = Date.now();
    assert.equal(ensureRuntimePacks(root), "present");
    assert.ok(Date.now() - startedAt < 10_000);
  });

  for (const architecture of architectures) {
    it(`for ${architecture} are what the manifest says`, () => {
      const archive = readFileSync(join(packs, `linux-${architecture}.tar.gz`));
      const { sha256, bytes, unpackedBytes, loader, libraries } = record(architecture);
      assert.equal(createHash("sha256").update(archive).digest("hex"), sha256);
      assert.equal(archive.length, bytes);
      const files = readdirSync(unpacked(architecture));
      assert.deepEqual(files.sort(), ["LICENSES.txt", "node", loader, ...libraries].sort());
      const sizes = files.map((file) => readFileSync(join(unpacked(architecture), file)).length);
      assert.equal(
        sizes.reduce((total, size) => total + size, 0),
        unpackedBytes,
      );
    });

    it(`for ${architecture} hold every library that is asked for, all for that machine`, () => {
      const files = readdirSync(unpacked(architecture)).filter((file) => file !== "LICENSES.txt");
      for (const file of files) {
        const elf = readElf(readFileSync(join(unpacked(architecture), file)));
        assert.equal(elf.machine, architecture, file);
        assert.deepEqual(
          elf.needed.filter((name) => !files.includes(name)),
          [],
          file,
        );
      }
    });

    it(`for ${architecture} have a loader that does not name /etc/ld.so.preload`, () => {
      const loader = readFileSync(join(unpacked(architecture), record(architecture).loader));
      assert.equal(loader.indexOf("/etc/ld.so.preload", 0, "latin1"), -1);
    });
  }

  it("travel in the package, with their manifest", async () => {
    const vsix = join(folder, "countermine.vsix");
    await packageExtension(root, vsix);
    const runtime = [...zipEntries(readFileSync(vsix))].filter(([path]) => path.startsWith("extension/dist/runtime/"));
    assert.deepEqual(
      Object.fromEntries(
        runtime.map(([path, bytes]) => [path.split("/").at(-1), createHash("sha256").update(bytes).digest("hex")]),
      ),
      {
        "manifest.json": createHash("sha256")
          .update(readFileSync(join(packs, "manifest.json")))
          .digest("hex"),
        "linux-x64.tar.gz": record("x64").sha256,
        "linux-arm64.tar.gz": record("arm64").sha256,
      },
    );
  });

  describe("on a host", function () {
    const architecture = process.arch;

    before(function () {
      if (process.platform !== "linux" || !existsSync(unpacked(architecture))) this.skip();
      const probe = inRoot(join(folder, architecture), "/none");
      if (!/\/none['’]?: No such file/.test(probe.stderr ?? "")) {
        console.log(`  no root of its own can be made here: ${(probe.stderr ?? "").trim()}`);
        this.skip();
      }
    });

    function node(loader: string, ...argv: readonly string[]): ReturnType<typeof inRoot> {
      return inRoot(join(folder, architecture), `/pack/${loader}`, "--library-path", "/pack", "/pack/node", ...argv);
    }

    it("without a C library run JavaScript", () => {
      assert.deepEqual(readdirSync(join(folder, architecture)), ["pack"]);
      const run = node(record(architecture).loader, "-e", "console.log(1 + 1, process.versions.node)");
      assert.deepEqual([run.stdout, run.stderr, run.status], ["2 24.21.0\n", "", 0]);
    });

    it("run the helper's bundle", function () {
      const bundle = join(root, "dist/helper.cjs");
      if (!existsSync(bundle)) this.skip();
      writeFileSync(join(unpacked(architecture), "helper.cjs"), readFileSync(bundle));
      const run = node(record(architecture).loader, "--check", "/pack/helper.cjs");
      assert.deepEqual([run.stderr, run.status], ["", 0]);
    });

    it("are not touched by the host's /etc/ld.so.preload, which the loader of before obeys", function () {
      const host = join(folder, architecture);
      mkdirSync(join(host, "etc"));
      const source = join(folder, "hook.c");
      writeFileSync(
        source,
        '#include <unistd.h>\n__attribute__((constructor)) static void hook(void) { if (write(1, "HOOKED\\n", 7)) {} }\n',
      );
      const compiler = spawnSync("gcc", ["-shared", "-fPIC", "-o", join(host, "hook.so"), source], {
        encoding: "utf8",
      });
      if (compiler.error !== undefined) {
        console.log("  no C compiler: apt-get install build-essential");
        this.skip();
      }
      assert.equal(compiler.status, 0, compiler.stderr);
      writeFileSync(join(host, "etc/ld.so.preload"), "/hook.so\n");

      const { loader } = record(architecture);
      const patched = readFileSync(join(host, "pack", loader));
      const original = Buffer.from(patched);
      original[patched.indexOf("\0\0etc/ld.so.preload\0", 0, "latin1") + 1] = "/".charCodeAt(0);
      writeFileSync(join(host, "pack/original-loader"), original, { mode: 0o755 });

      const before = node("original-loader", "-e", "console.log(1)");
      assert.deepEqual([before.stdout, before.status], ["HOOKED\n1\n", 0], before.stderr);
      const now = node(loader, "-e", "console.log(1)");
      assert.deepEqual([now.stdout, now.status], ["1\n", 0], now.stderr);
    });
  });
});

/** Runs a program with `folder` as its whole file system, as root of a user namespace where we are not root. */
function inRoot(folder: string, ...argv: readonly string[]): { stdout: string; stderr: string; status: number | null } {
  const [program = "", ...before] =
    process.getuid?.() === 0 ? ["chroot", folder] : ["unshare", "--map-root-user", "--root", folder];
  const path = process.env["PATH"] ?? "";
  return spawnSync(program, [...before, ...argv], { encoding: "utf8", env: { PATH: path }, timeout: 60_000 });
}
