import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpsError } from "#core/opsError";
import { listConfiguredHosts } from "./listConfiguredHosts.ts";
import type { ResolveEnvironment } from "./resolveEnvironment.ts";

describe("listConfiguredHosts", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "list-hosts-"));
    mkdirSync(join(home, ".ssh"));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const environment = (): ResolveEnvironment => ({
    home,
    userName: "operator",
    userId: "1000",
    localHostName: "desk",
    platform: "linux",
    variables: {},
    configFile: join(home, ".ssh", "config"),
  });
  const write = (name: string, text: string): void => writeFileSync(join(home, ".ssh", name), text);

  it("names hosts and no patterns, in the order of the file, once each", async () => {
    write(
      "config",
      `Host web db\r\nhost=quoted\nHost *.example.org !not 10.0.?.1 *\n  HostName x\nHost web "with space" -option $(x)\nMatch host other\n# Host comment\n`,
    );
    assert.deepEqual(await listConfiguredHosts(environment()), ["web", "db", "quoted"]);
  });

  it("follows Include with wildcards, also inside of a section", async () => {
    mkdirSync(join(home, ".ssh", "conf.d"));
    write("conf.d/b.conf", "Host from-b\n");
    write("conf.d/a.conf", "Host from-a\n");
    write("conf.d/.hidden.conf", "Host hidden\n");
    write("more", "Host from-more\n");
    write("config", `Host first\n  Include conf.d/*.conf\nInclude ~/.ssh/more absent\nHost last\n`);
    assert.deepEqual(await listConfiguredHosts(environment()), ["first", "from-a", "from-b", "from-more", "last"]);
  });

  it("has no hosts without a configuration", async () => {
    assert.deepEqual(await listConfiguredHosts(environment()), []);
  });

  it("ends for a file that includes itself, and for one that is no file", async () => {
    write("config", "Include config\n");
    await assert.rejects(listConfiguredHosts(environment()), (error) => OpsError.is(error, "badInput"));
    rmSync(join(home, ".ssh", "config"));
    symlinkSync("/dev/zero", join(home, ".ssh", "config"));
    await assert.rejects(listConfiguredHosts(environment()), (error) => OpsError.is(error, "badInput"));
  });
});
