import assert from "node:assert/strict";
import { SnapshotHost, type SnapshotEntry, type SnapshotOptions } from "#test/snapshotHost";
import { preloadViews } from "./preloadViews.ts";

describe("views of the preload file", () => {
  const path = "/etc/ld.so.preload";
  const sees = (entries: Record<string, SnapshotEntry>, options?: SnapshotOptions): readonly string[] | undefined =>
    preloadViews(new SnapshotHost({ "/etc/passwd": "", ...entries }, options))?.views?.map((view) => view.sees);

  it("are none where all agree that there is no file", () => assert.equal(sees({}), undefined));

  it("agree on a file that nobody hides, and carry its content", () => {
    assert.deepEqual(sees({ [path]: "/lib/x.so\n" }), ["present", "present", "present", "present"]);
    assert.equal(preloadViews(new SnapshotHost({ [path]: "/lib/x.so\n" }))?.content, "/lib/x.so\n");
  });

  it("R01 differ when listing leaves it out", () => {
    const unlisted = { unlisted: { "/etc": ["ld.so.preload"] } };
    assert.deepEqual(sees({ [path]: "/lib/x.so\n" }, unlisted), ["absent", "present", "present", "present"]);
  });

  it("R01 differ when it reads as another size than it has", () => {
    const views = sees({ [path]: { content: "", status: { size: 20 } } });
    assert.equal(views?.at(-1), "0 of 20 bytes");
  });

  it("say what kept the file from being read", () => {
    assert.deepEqual(sees({ [path]: { failure: "EACCES" } }), ["present", "EACCES", "EACCES", "EACCES"]);
  });
});
