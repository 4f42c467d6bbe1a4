import { readFileSync } from "node:fs";
import type { HostShape, Scenario } from "./scenario.ts";

/** Compilers, databases and Node need glibc; the bookworm root has the packages. */
const inBookworm = (host: HostShape): boolean => host.suite === "bookworm" && host.init === "systemd";

const compile: Scenario = {
  id: "compile",
  title: "A developer's build that keeps two cores busy",
  kind: "innocent",
  fits: inBookworm,
  async start(stage) {
    const source = "/home/dev/build/unit.c";
    const functions = Array.from(
      { length: 600 },
      (_, n) => `int f${n}(int x) { return x * ${n} + f${n - 1}(x % 7); }\n`,
    );
    await stage.host.writeFile(source, `int f(int x);\n${functions.join("").replace("f-1(", "f(")}`);
    await stage.host.writeFile("/home/dev/build/Makefile", "all: a.o b.o\n%.o: unit.c\n\tgcc -O2 -c -o $@ unit.c\n");
    await stage.host.mustExec("chown -R dev: /home/dev/build");
    const script = `cd /home/dev/build
      start build timeout ${stage.seconds} sh -c 'while :; do make -B -s -j2 all; done'`;
    return { processes: await stage.run("dev", script), paths: [source] };
  },
};

const yes: Scenario = {
  id: "yes",
  title: "yes >/dev/null, left running",
  kind: "innocent",
  fits: inBookworm,
  async start(stage) {
    return { processes: await stage.run("ops", `start load timeout ${stage.seconds} yes`), paths: [] };
  },
};

const opensslSpeed: Scenario = {
  id: "openssl-speed",
  title: "openssl speed on two cores",
  kind: "innocent",
  fits: inBookworm,
  async start(stage) {
    const script = `start load timeout ${stage.seconds} openssl speed -multi 2 -seconds 20 sha256 sha512 aes-256-cbc`;
    return { processes: await stage.run("ops", script), paths: [] };
  },
};

const xz: Scenario = {
  id: "xz",
  title: "xz -T2 on a large archive",
  kind: "innocent",
  fits: inBookworm,
  async start(stage) {
    await stage.host.mustExec("head -c 200000000 /dev/urandom > /var/tmp/backup.tar");
    const script = `start load timeout ${stage.seconds} sh -c 'while :; do xz -T2 -6 -c /var/tmp/backup.tar > /var/tmp/backup.tar.xz; done'`;
    return { processes: await stage.run("root", script), paths: ["/var/tmp/backup.tar"] };
  },
};

const serverSource = `
const http = require("node:http");
const { pbkdf2 } = require("node:crypto");
const server = http.createServer((request, response) => {
  pbkdf2("password", "salt", 20000, 32, "sha256", (error, key) => response.end(key.toString("hex")));
});
server.listen(8000, "127.0.0.1", () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  const ask = () => http.get({ port: 8000, host: "127.0.0.1", agent }, (r) => r.resume().on("end", ask)).on("error", ask);
  for (let n = 0; n < 4; n++) ask();
});
setTimeout(() => process.exit(0), Number(process.env.LIFETIME) * 1000);
`;

const nodeServer: Scenario = {
  id: "node-server",
  title: "A busy Node web server, run by a unit under an account of its own",
  kind: "innocent",
  fits: inBookworm,
  async start(stage) {
    const unit = "/etc/systemd/system/webapp.service";
    await stage.host.writeFile("/usr/local/bin/node", readFileSync(process.execPath), 0o755);
    await stage.host.writeFile("/srv/webapp/server.js", serverSource);
    await stage.host.writeFile(
      unit,
      `[Unit]\nDescription=Web application\nAfter=network.target\n[Service]\nUser=www-data\nWorkingDirectory=/srv/webapp\n` +
        `Environment=LIFETIME=${stage.seconds} NODE_ENV=production\nExecStart=/usr/local/bin/node /srv/webapp/server.js\n` +
        "[Install]\nWantedBy=multi-user.target\n",
    );
    const script = `systemctl daemon-reload && systemctl enable -q --now webapp.service
      echo "server $(systemctl show -p MainPID --value webapp.service)"`;
    return { processes: await stage.run("root", script), paths: ["/srv/webapp/server.js", unit] };
  },
};

const redis: Scenario = {
  id: "redis",
  title: "A busy database: redis-server under load",
  kind: "innocent",
  fits: inBookworm,
  async start(stage) {
    const server = await stage.run(
      "root",
      `systemctl start redis-server && echo "server $(systemctl show -p MainPID --value redis-server)"`,
    );
    const script = `start client timeout ${stage.seconds} redis-benchmark -q -l -c 20 -t set,get`;
    return { processes: [...server, ...(await stage.run("ops", script))], paths: [] };
  },
};

const sqlite: Scenario = {
  id: "sqlite",
  title: "A busy database: a long sqlite3 query",
  kind: "innocent",
  fits: inBookworm,
  async start(stage) {
    const query =
      "create table t(a, b); insert into t with recursive c(x) as (select 1 union all select x + 1 from c limit 2000000) " +
      "select x, x % 9973 from c; select count(*) from t join (select distinct b from t) using (b) order by 1;";
    const script = `cd && start load timeout ${stage.seconds} sh -c 'while :; do rm -f report.db; sqlite3 report.db "${query}"; done'`;
    return { processes: await stage.run("dev", script), paths: ["/home/dev/report.db"] };
  },
};

/** The loads that a correct product leaves alone. */
export const innocentScenarios = [
  compile,
  yes,
  opensslSpeed,
  xz,
  nodeServer,
  redis,
  sqlite,
] as const satisfies readonly Scenario[];
