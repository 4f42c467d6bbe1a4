import assert from "node:assert/strict";
import { parsePamCommands } from "./pamRules.ts";

describe("parsePamCommands", () => {
  it("joins lines, reads options in any order and leaves comments out", () => {
    const text =
      "auth optional \\\n pam_exec.so quiet expose_authtok /a b\n# auth optional pam_exec.so /c\nsession [success=ok] /lib/pam_exec.so /d #/e\n";
    assert.deepEqual(parsePamCommands(text), [
      { command: "/a", seesPassword: true },
      { command: "/d", seesPassword: false },
    ]);
  });

  it("finds no command where other modules have paths as arguments", () => {
    assert.deepEqual(
      parsePamCommands("auth required pam_listfile.so file=/etc/x /etc/y\nauth optional pam_exec.so\n"),
      [],
    );
  });
});
