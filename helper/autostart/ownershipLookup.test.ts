import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { MemoryHost } from "#test/autostart/memoryHost";
import { packageOwnership } from "./ownershipLookup.ts";

describe("packageOwnership", () => {
  it("tells a changed configuration file of a package from an unchanged one", async () => {
    const shipped = createHash("md5").update("as shipped\n").digest("hex");
    const host = new MemoryHost({
      "/var/lib/dpkg/info/cron.list": "/.\n/etc/crontab\n/etc/cron.d/x\n/usr/sbin/cron\n",
      "/var/lib/dpkg/info/cron.md5sums": `${createHash("md5").update("program").digest("hex")}  usr/sbin/cron\n`,
      "/var/lib/dpkg/status": `Package: cron\nConffiles:\n /etc/crontab ${shipped}\n /etc/cron.d/x ${shipped}\n /etc/old ${shipped} obsolete\nDescription: x\n /etc/none ${shipped}\n`,
      "/etc/crontab": "as shipped\n",
      "/etc/cron.d/x": "changed\n",
      "/etc/old": "x",
      "/usr/sbin/cron": "program",
    });
    const ownership = packageOwnership(host);
    const paths = ["/etc/crontab", "/etc/cron.d/x", "/usr/sbin/cron", "/etc/old", "/opt/x"];
    await ownership.prepare?.(paths);
    assert.deepEqual(
      paths.map((path) => {
        const owner = ownership.ownerOf(path);
        return typeof owner === "string" ? owner : owner.digest;
      }),
      ["intact", "modified", "intact", "unowned", "unowned"],
    );
  });

  it("knows nothing, and says so, where there is no database", async () => {
    const ownership = packageOwnership(new MemoryHost({ "/etc/x": "" }));
    await ownership.prepare?.(["/etc/x"]);
    assert.equal(ownership.ownerOf("/etc/x"), "unknown");
    assert.equal(ownership.gaps?.().length, 1);
  });
});
