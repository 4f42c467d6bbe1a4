import assert from "node:assert/strict";
import { preloadEntries } from "./preloadEntries.ts";

describe("preloadEntries", () => {
  it("separates entries by blanks and colons and names the variable", () => {
    assert.deepEqual(preloadEntries("A=b\0LD_PRELOAD=/a.so /b.so:/a.so\0LD_AUDIT=/c.so\0"), [
      { variable: "LD_PRELOAD", path: "/a.so" },
      { variable: "LD_PRELOAD", path: "/b.so" },
      { variable: "LD_AUDIT", path: "/c.so" },
    ]);
  });

  it("leaves out empty values, other variables and the name inside a value", () => {
    assert.deepEqual(preloadEntries("LD_PRELOAD=\0X=LD_PRELOAD=/a.so\0OLD_PRELOAD=/b.so\0"), []);
  });

  it("stops at 32 entries", () => {
    const many = Array.from({ length: 60 }, (_, index) => `/l${index}.so`).join(":");
    assert.equal(preloadEntries(`LD_PRELOAD=${many}`).length, 32);
  });
});
