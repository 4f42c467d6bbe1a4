import assert from "node:assert/strict";
import { privateLoader } from "./privateLoader.ts";

const loaderWith = (...strings: readonly string[]): Buffer =>
  Buffer.from(`\x7fELF\0${strings.join("\0")}\0end`, "latin1");

describe("privateLoader", () => {
  it("empties the path of the preload file and nothing else", () => {
    const loader = loaderWith("/etc/ld.so.cache", "/etc/ld.so.preload", "LD_PRELOAD");
    const copy = privateLoader(loader);
    const changed = [...loader.keys()].filter((at) => loader[at] !== copy[at]);
    assert.deepEqual(changed, [loader.indexOf("/etc/ld.so.preload")]);
    assert.ok(copy.includes("\0\0etc/ld.so.preload\0", 0, "latin1"));
  });

  it("refuses a loader that names the file nowhere, twice, or as the end of another path", () => {
    assert.throws(() => privateLoader(loaderWith("/etc/ld.so.cache")), /does not name/);
    assert.throws(() => privateLoader(loaderWith("/etc/ld.so.preload", "x", "/etc/ld.so.preload")), /more than once/);
    assert.throws(() => privateLoader(loaderWith("/etc/ld.so.preload", "/usr/etc/ld.so.preload")), /more than once/);
    assert.throws(() => privateLoader(loaderWith("/usr/etc/ld.so.preload")), /does not name/);
  });
});
