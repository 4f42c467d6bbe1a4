import assert from "node:assert/strict";
import fc from "fast-check";
import { oddPlace } from "./oddPlace.ts";

describe("oddPlace", () => {
  const odd: readonly (readonly [string, string])[] = [
    ["/tmp/x", "temporary"],
    ["/var/tmp/.sys/x", "temporary"],
    ["/dev/shm/x", "memory"],
    ["/dev/mqueue/x", "memory"],
    ["/dev/.udev/x", "noPrograms"],
    ["/run/x", "noPrograms"],
    ["/run/lock/x", "memory"],
    ["/run/user/1000/x", "memory"],
    ["/boot/x", "noPrograms"],
    ["/etc/x", "noPrograms"],
    ["/var/log/x", "noPrograms"],
    ["/srv/lost+found/x", "noPrograms"],
    ["/usr/lib/.x/y", "hidden"],
    ["/usr/bin/.sshd", "hidden"],
    ["/usr/lib/.cargo/bin/y", "hidden"],
    ["/opt/.x/y", "hidden"],
    ["/root/.x/y", "hidden"],
    ["/home/u/.config/htop/defunct", "hidden"],
    ["/home/u/.cache/.x/y", "hidden"],
    ["/var/www/.x", "hidden"],
    ["/home/u/.../y", "deceptive"],
    ["/usr/lib/ /y", "deceptive"],
    ["/usr/bin/sshd ", "deceptive"],
    ["/home/u/.. /y", "deceptive"],
    ["/opt/\xe2\x80\x8b/y", "deceptive"],
    ["/tmp/\n/y", "deceptive"],
    ["/opt/a\x1b[2K/y", "deceptive"],
  ];
  for (const [path, kind] of odd)
    it(`says that ${JSON.stringify(path)} is ${kind}`, () => assert.equal(oddPlace(path)?.kind, kind));

  const ordinary = [
    "/usr/bin/bash",
    "/usr/lib/systemd/systemd",
    "/opt/vendor/agent",
    "/srv/app/server",
    "/home/u/work/server",
    "/home/u/My Programs/server",
    "/home/u/.nvm/versions/node/v20.1.0/bin/node",
    "/home/u/.vscode-server/bin/0123/node",
    "/root/.cargo/bin/rg",
    "/home/u/.local/bin/uv",
    "/home/u/.cache/ms-playwright/chromium-1/chrome-linux/chrome",
    "/home/u/work/.venv/bin/python3",
    "/home/u/work/node_modules/.pnpm/@esbuild+linux-x64@0.1/node_modules/@esbuild/linux-x64/bin/esbuild",
    "/srv/infra/.terraform/providers/registry/x/terraform-provider-aws",
    "/var/lib/jenkins/.sdkman/candidates/java/17/bin/java",
    "/home/u/.config/nvm/versions/node/v20/bin/node",
    "/snap/core22/1/usr/bin/x",
    "/nix/store/0000-hello/bin/.hello-wrapped",
    "/run/current-system/sw/bin/bash",
    "/run/user/1000/containers/overlay/x",
    "/home/u/miniconda3/bin/python3.11",
    "relative",
    "",
  ];
  for (const path of ordinary)
    it(`has nothing against ${JSON.stringify(path)}`, () => assert.equal(oddPlace(path), undefined));

  it("answers for any bytes with points from 1 to 60", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const place = oddPlace(`/${text}`);
        return place === undefined || (place.points >= 1 && place.points <= 60);
      }),
    );
  });
});
