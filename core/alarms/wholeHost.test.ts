import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { severityRank, type Alarm, type DetectionMode } from "#core/alarms/alarm";
import { judge } from "#core/alarms/judge";
import { checks } from "#core/checks/registry";
import { runChecks } from "#core/checks/runChecks";
import { binaryMarkers } from "#core/knowledge/binaryMarkers";
import { expandFacts, type FactsFixture } from "#test/checks/factsFixture";
import { makeCryptonoteAddress } from "#test/checks/makeAddress";

/** Whole hosts through every check and the judge: what must be found, and what must not be. */

type Process = NonNullable<FactsFixture["processes"]>[number];

const uptime = 100_000;
const bootTicks = 1000;

/** A process that uses `cores` now and did so all its life; fixtures have four cores and a window of ten seconds. */
function busy(pid: number, path: string, cores: number, more: Partial<Process> = {}): Process {
  return {
    pid,
    exe: { path },
    argv: [path],
    cpuTicks: Math.round(cores * (uptime - (bootTicks + pid) / 100) * 100),
    ...more,
  };
}

/** What an ordinary server has beside the case. */
const everyday: readonly Process[] = [
  { pid: 1, ppid: 0, exe: { path: "/usr/lib/systemd/systemd" }, argv: ["/sbin/init"], cgroup: "/init.scope" },
  { pid: 2, ppid: 0, exe: null, argv: [], comm: "kthreadd", isKernelThread: true },
  { pid: 9, ppid: 2, exe: null, argv: [], comm: "kworker/0:1-eve", isKernelThread: true },
  {
    pid: 20,
    exe: { path: "/usr/sbin/sshd" },
    argv: ["sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"],
    cgroup: "/system.slice/ssh.service",
  },
  { pid: 21, exe: { path: "/usr/sbin/cron" }, argv: ["/usr/sbin/cron", "-f"], cgroup: "/system.slice/cron.service" },
  { pid: 22, exe: { path: "/usr/bin/dbus-daemon" }, argv: ["/usr/bin/dbus-daemon", "--system"], uid: 100 },
  {
    pid: 23,
    exe: { path: "/usr/sbin/nginx" },
    argv: ["nginx: master process /usr/sbin/nginx"],
    cgroup: "/system.slice/nginx.service",
  },
  { pid: 24, ppid: 20, session: 24, exe: { path: "/usr/sbin/sshd" }, argv: ["sshd: dev [priv]"] },
  { pid: 25, ppid: 24, session: 24, exe: { path: "/usr/sbin/sshd" }, argv: ["sshd: dev@pts/0"], uid: 1000 },
  { pid: 26, ppid: 25, session: 26, tty: 34816, exe: { path: "/usr/bin/bash" }, argv: ["-bash"], uid: 1000 },
];

function alarmsOf(fixture: FactsFixture, mode: DetectionMode = "balanced"): readonly Alarm[] {
  const seconds = Object.fromEntries(
    (fixture.processes ?? []).map((process) => [process.pid, ((process.cpuTicks ?? 10) / 100 / uptime) * 10] as const),
  );
  const facts = expandFacts({
    ...fixture,
    processes: [...everyday, ...(fixture.processes ?? [])],
    cpuSeconds: { ...seconds, ...fixture.cpuSeconds },
  });
  const judgement = judge({
    facts,
    outcomes: runChecks(checks, facts),
    checks,
    mode,
    earlier: [],
    allowlist: [],
    digest: (text) => createHash("sha256").update(text, "latin1").digest("hex"),
  });
  assert.deepEqual(judgement.notRun, []);
  return judgement.alarms;
}

function isSerious({ severity }: Alarm): boolean {
  return severityRank[severity] >= severityRank.high;
}

/** Every pid that an alarm makes findable. */
function pidsOf({ process, children = [] }: Alarm): readonly number[] {
  return [...(process ? [process.pid] : []), ...children.map(({ pid }) => pid)];
}

function marker(aspect: string): string {
  return binaryMarkers.find((entry) => entry.aspect === aspect && entry.weight === "support")?.id ?? "";
}

const parts = { markers: [marker("protocol"), marker("algorithm")] };
const user = { uid: 1000, euid: 1000, gid: 1000, user: "dev" } as const;
const shell = { ...user, ppid: 26, session: 26, tty: 34816 } as const;
const orphan = { ppid: 1, tty: 0 } as const;
const container = {
  cgroup: `/system.slice/docker-${"ab".repeat(32)}.scope`,
  namespaces: { mnt: "77", pid: "78", net: "79" },
} as const;

const evil: readonly (readonly [name: string, fixture: FactsFixture, pids: readonly number[]])[] = [
  [
    "a miner in a hidden folder of /tmp with its options",
    {
      processes: [
        busy(300, "/tmp/.X11-unix/xmrig-sim", 0.3, {
          ...orphan,
          argv: ["/tmp/.X11-unix/xmrig-sim", "--duty", "30", "-o", "host:3333", "-u", "WALLET", "--donate-level", "1"],
        }),
      ],
    },
    [300],
  ],
  [
    "a program in shared memory that calls itself a kernel thread",
    {
      processes: [busy(301, "/dev/shm/kw", 0.15, { ...user, ...orphan, argv: ["[kworker/0:1]"], comm: "kworker/0:1" })],
    },
    [301],
  ],
  [
    "a deleted program in /var/tmp at a tenth of a core",
    { processes: [busy(302, "/var/tmp/dbusd", 0.1, { ...orphan, exe: { path: "/var/tmp/dbusd", isDeleted: true } })] },
    [302],
  ],
  [
    "the same without a session of its own, started by somebody's shell",
    { processes: [busy(302, "/var/tmp/dbusd", 0.1, { ...shell, exe: { path: "/var/tmp/dbusd", isDeleted: true } })] },
    [302],
  ],
  [
    "a program in memory",
    {
      processes: [
        busy(303, "/memfd:x", 0.1, {
          ...orphan,
          argv: ["-u"],
          comm: "3",
          exe: { path: "/memfd:x", isMemfd: true, isDeleted: true },
        }),
      ],
    },
    [303],
  ],
  [
    "a pair of watchdogs and what they start",
    {
      processes: [
        { pid: 304, ...orphan, exe: { path: "/usr/bin/dash" }, argv: ["sh", "/var/tmp/.sys/watchdog.sh", "a"] },
        {
          pid: 305,
          ppid: 304,
          session: 305,
          exe: { path: "/usr/bin/dash" },
          argv: ["sh", "/var/tmp/.sys/watchdog.sh", "b"],
        },
        busy(306, "/var/tmp/.sys/xmrsim", 0.2, {
          ppid: 304,
          session: 306,
          argv: ["/var/tmp/.sys/xmrsim", "--duty", "20"],
        }),
      ],
      texts: [
        {
          topic: "script",
          path: "/var/tmp/.sys/watchdog.sh",
          content: "while :; do kill -0 $p || sh $0 b & sleep 1; done\n",
          pids: [304, 305],
        },
      ],
    },
    [304, 305, 306],
  ],
  [
    "a program in /usr/local/bin that cron, a service and a timer keep alive, at a twentieth of a core",
    {
      processes: [
        busy(307, "/usr/local/bin/logrotated", 0.05, {
          ...orphan,
          cgroup: "/system.slice/net-helper.service",
          argv: ["/usr/local/bin/logrotated", "--duty", "5"],
        }),
      ],
      texts: [
        {
          topic: "unit",
          path: "/etc/systemd/system/net-helper.service",
          content: "[Service]\nExecStart=/usr/local/bin/logrotated --duty 5 --secs 600\nRestart=always\nRestartSec=1\n",
        },
        {
          topic: "unit",
          path: "/etc/systemd/system/net-helper.timer",
          content: "[Timer]\nOnBootSec=5\nOnUnitActiveSec=20\n",
        },
        {
          topic: "cron",
          path: "/etc/cron.d/0logrot",
          content:
            "* * * * * root pgrep -x logrotated >/dev/null || SIM_SECS=120 setsid /usr/local/bin/logrotated --duty 5 >/dev/null 2>&1 &\n",
        },
      ],
    },
    [307],
  ],
  [
    "a program among packages' own that a preloaded library hides",
    {
      processes: [busy(308, "/usr/sbin/simhide", 0.1, orphan)],
      ownership: { "/usr/sbin/simhide": "unowned", "/usr/local/lib/libsimhide.so": "unowned" },
      texts: [{ topic: "preload", path: "/etc/ld.so.preload", content: "/usr/local/lib/libsimhide.so\n" }],
    },
    [308],
  ],
  [
    "a process behind a mount over its folder in /proc",
    {
      hidden: [
        {
          pid: 309,
          startTime: 1309,
          comm: "burn",
          exePath: "/root/sims/burn",
          shownBy: ["kill"],
          hiddenFrom: ["/proc/309/stat"],
          coveredBy: "/proc/309",
        },
      ],
    },
    [309],
  ],
  [
    "a service under /opt with an ordinary name whose file has the parts of a miner",
    {
      processes: [busy(310, "/opt/metrics/agent", 1.9, { threadCount: 5, cgroup: "/system.slice/metrics.service" })],
      executables: { 310: parts },
    },
    [310],
  ],
  [
    "a program beside a miner's configuration",
    {
      processes: [busy(311, "/home/dev/app/httpd", 2, user)],
      texts: [
        {
          topic: "minerConfig",
          path: "/home/dev/app/config.json",
          content: `{"donate-level":1,"pools":[{"algo":"rx/0","url":"203.0.113.1:443","user":"${makeCryptonoteAddress(18, 1)}","rig-id":"a"}],"cpu":{"huge-pages":true}}`,
          pids: [311],
        },
      ],
    },
    [311],
  ],
  [
    "a container whose program mines by its settings in the environment",
    {
      processes: [
        busy(312, "/app/run", 3.8, {
          ...container,
          threadCount: 4,
          environ: `POOL_URL=203.0.113.9:443\0WALLET=${makeCryptonoteAddress(19, 3, 8)}\0ALGO=rx/0\0`,
        }),
      ],
      ownership: { "/app/run": "unknown" },
    },
    [312],
  ],
  [
    "a plain busy program in /tmp that runs on its own",
    { processes: [busy(313, "/tmp/x", 3.9, { ...orphan, threadCount: 4 })] },
    [313],
  ],
  [
    "a package's interpreter that works on a miner's script",
    {
      processes: [
        busy(314, "/usr/bin/python3.11", 1, {
          ...orphan,
          argv: ["python3", "/opt/p/m.py", "-o", "stratum+tcp://203.0.113.2:3333", "-u", "x"],
        }),
      ],
    },
    [314],
  ],
];

const more: typeof evil = [
  [
    "a script in a hidden folder of /tmp that works all the time",
    {
      processes: [
        busy(320, "/usr/bin/python3.11", 0.9, { ...orphan, argv: ["python3", "/tmp/.cache/.x/a.py"], cwd: "/" }),
      ],
    },
    [320],
  ],
  [
    "a program that only a scheduled task keeps alive, with a name that nearly is one of the system",
    {
      processes: [busy(321, "/usr/local/bin/logrotated", 0.05, orphan)],
      texts: [
        {
          topic: "cron",
          path: "/etc/cron.d/0logrot",
          content:
            "* * * * * root pgrep -x logrotated >/dev/null || setsid /usr/local/bin/logrotated >/dev/null 2>&1 &\n",
        },
      ],
    },
    [321],
  ],
  [
    "a program in a hidden folder under /opt, at a third of a core",
    { processes: [busy(322, "/opt/.sysd/kthrotlds", 0.3, orphan)] },
    [322],
  ],
  [
    "a deleted program of a user in /tmp, in a terminal multiplexer",
    {
      processes: [
        { pid: 323, ...user, ...orphan, exe: { path: "/usr/bin/tmux" }, argv: ["tmux"] },
        busy(324, "/tmp/w", 1, { ...user, ppid: 323, tty: 34817, exe: { path: "/tmp/w", isDeleted: true } }),
      ],
    },
    [324],
  ],
  [
    "a package's own miner that runs against a pool",
    {
      processes: [
        busy(325, "/usr/bin/xmrig", 3.8, {
          ...orphan,
          argv: ["xmrig", "-o", "gulf.moneroocean.stream:10128", "-u", makeCryptonoteAddress(18, 7), "-p", "x"],
        }),
      ],
    },
    [325],
  ],
];

const innocent: readonly (readonly [name: string, fixture: FactsFixture])[] = [
  ["an idle host", {}],
  [
    "packages' own tools at full use",
    {
      processes: [
        busy(400, "/usr/bin/yes", 1, { ...shell, argv: ["yes"] }),
        busy(401, "/usr/bin/openssl", 4, { ...shell, argv: ["openssl", "speed", "-multi", "4"] }),
        busy(402, "/usr/bin/xz", 2, { ...shell, argv: ["xz", "-T2", "-9", "big"], threadCount: 3 }),
        busy(403, "/usr/bin/make", 0.1, { ...shell, argv: ["make", "-j4"] }),
        busy(404, "/usr/libexec/gcc/x86_64-linux-gnu/12/cc1plus", 1, { ...shell, ppid: 403 }),
        busy(405, "/usr/bin/ffmpeg", 4, {
          argv: ["ffmpeg", "-i", "a.mkv", "b.mp4"],
          threadCount: 9,
          cgroup: "/system.slice/transcode.service",
        }),
      ],
    },
  ],
  [
    "databases and servers at full use",
    {
      processes: [
        busy(410, "/usr/lib/postgresql/15/bin/postgres", 1, {
          argv: ["postgres: app app 10.0.0.5(53422) SELECT"],
          uid: 113,
          cgroup: "/system.slice/postgresql@15-main.service",
        }),
        busy(411, "/usr/sbin/mariadbd", 3, { uid: 114, threadCount: 40, cgroup: "/system.slice/mariadb.service" }),
        busy(412, "/usr/bin/node", 1, {
          ...user,
          argv: ["node", "/srv/app/server.js"],
          cgroup: "/system.slice/app.service",
        }),
        busy(413, "/usr/bin/python3.11", 4, {
          ...user,
          argv: ["python3", "train.py"],
          cwd: "/home/dev/ml",
          threadCount: 5,
        }),
        busy(414, "/usr/bin/redis-server", 1, { argv: ["/usr/bin/redis-server 127.0.0.1:6379"], uid: 115 }),
      ],
      sockets: [{ pids: [414], state: "LISTEN", localPort: 6379, localAddress: "127.0.0.1" }],
      texts: [
        {
          topic: "unit",
          path: "/etc/systemd/system/app.service",
          content: "[Service]\nUser=dev\nExecStart=/usr/bin/node /srv/app/server.js\nRestart=always\n",
        },
      ],
    },
  ],
  [
    "a Go program of a user at full use",
    {
      processes: [busy(420, "/home/dev/sim/sim", 3.9, { ...shell, argv: ["./sim"], threadCount: 8 })],
      cpuSeconds: { 420: [9.8, 9.7, 9.7, 9.6] },
    },
  ],
  [
    "a Rust server under /opt at full use",
    {
      processes: [busy(421, "/opt/app/server", 3.9, { uid: 998, threadCount: 5, cgroup: "/system.slice/app.service" })],
      cpuSeconds: { 421: [9.9, 9.8, 9.8, 9.8] },
      texts: [
        {
          topic: "unit",
          path: "/etc/systemd/system/app.service",
          content: "[Service]\nExecStart=/opt/app/server\nRestart=always\nRestartSec=1\n",
        },
      ],
    },
  ],
  [
    "such a server with a connection to a port of pools",
    {
      processes: [busy(422, "/opt/app/server", 3.9, { uid: 998, threadCount: 5 })],
      cpuSeconds: { 422: [9.9, 9.8, 9.8, 9.8] },
      sockets: [{ pids: [422], remoteAddress: "192.0.2.7", remotePort: 9999 }],
    },
  ],
  [
    "a runner of builds with its tools and tests",
    {
      processes: [
        busy(430, "/home/ci/actions-runner/bin/Runner.Listener", 0.1, {
          ...user,
          cgroup: "/system.slice/actions.runner.service",
        }),
        busy(431, "/home/ci/actions-runner/externals/node20/bin/node", 1, { ...user, ppid: 430 }),
        busy(432, "/home/ci/.cargo/bin/cargo", 0.2, { ...user, ppid: 431 }),
        busy(433, "/home/ci/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/bin/rustc", 3.9, {
          ...user,
          ppid: 432,
          threadCount: 9,
        }),
        busy(434, "/home/ci/actions-runner/_work/app/app/target/debug/deps/app-0123", 3.9, {
          ...user,
          ppid: 432,
          threadCount: 5,
        }),
      ],
    },
  ],
  [
    "a test that Go compiled into /tmp",
    {
      processes: [
        busy(440, "/usr/lib/go-1.19/bin/go", 0.1, { ...shell, argv: ["go", "test", "./..."] }),
        busy(441, "/tmp/go-build2/b001/app.test", 3, { ...shell, ppid: 440, threadCount: 8 }),
      ],
    },
  ],
  [
    "Node from nvm",
    {
      processes: [
        busy(450, "/home/dev/.nvm/versions/node/v20.11.0/bin/node", 1, {
          ...user,
          argv: ["node", "server.js"],
          cwd: "/home/dev/app",
        }),
      ],
    },
  ],
  [
    "Python from conda",
    {
      processes: [
        busy(451, "/home/dev/miniconda3/envs/ml/bin/python3.11", 4, {
          ...user,
          argv: ["python", "train.py"],
          threadCount: 12,
        }),
      ],
      cpuSeconds: { 451: [9.9, 9.9, 9.9, 9.9] },
    },
  ],
  [
    "a static program in /usr/local/bin",
    {
      processes: [
        busy(452, "/usr/local/bin/prometheus", 2, {
          uid: 997,
          threadCount: 12,
          cgroup: "/system.slice/prometheus.service",
        }),
      ],
      texts: [
        {
          topic: "unit",
          path: "/etc/systemd/system/prometheus.service",
          content: "[Service]\nExecStart=/usr/local/bin/prometheus --web.listen-address=:9090\nRestart=always\n",
        },
      ],
      sockets: [{ pids: [452], state: "LISTEN", localPort: 9090, localAddress: "0.0.0.0" }],
    },
  ],
  [
    "an AppImage at full use",
    {
      processes: [
        busy(453, "/home/dev/Apps/Tool.AppImage", 0.01, {
          ...shell,
          environ: "APPIMAGE=/home/dev/Apps/Tool.AppImage\0",
        }),
        busy(454, "/tmp/.mount_ToolAbCdEf/usr/bin/tool", 2, {
          ...shell,
          ppid: 453,
          environ: "APPIMAGE=/home/dev/Apps/Tool.AppImage\0APPDIR=/tmp/.mount_ToolAbCdEf\0",
        }),
      ],
    },
  ],
  [
    "a Java machine under /opt",
    {
      processes: [
        busy(455, "/opt/jdk-21/bin/java", 3.9, {
          uid: 996,
          argv: ["/opt/jdk-21/bin/java", "-jar", "/opt/app/app.jar"],
          threadCount: 60,
        }),
      ],
      cpuSeconds: { 455: [9.7, 9.6, 9.1, 8.9, 2] },
    },
  ],
  [
    "containers with programs of their own",
    {
      processes: [
        busy(460, "/app/server", 3.9, { ...container, threadCount: 5 }),
        busy(461, "/usr/local/bin/node", 1, { ...container, argv: ["node", "/app/index.js"] }),
        busy(462, "/usr/bin/python3.9", 1, { ...container, argv: ["python", "-m", "gunicorn"] }),
      ],
      ownership: { "/app/server": "unknown", "/usr/local/bin/node": "unknown", "/usr/bin/python3.9": "unknown" },
      cpuSeconds: { 460: [9.9, 9.9, 9.9, 9.3] },
    },
  ],
  [
    "daemons that were upgraded and not restarted",
    {
      processes: [
        busy(470, "/usr/sbin/mariadbd", 3.5, {
          exe: { path: "/usr/sbin/mariadbd", isDeleted: true, isReplaced: true },
          uid: 114,
          cgroup: "/system.slice/mariadb.service",
        }),
        busy(471, "/usr/bin/dockerd", 0.2, { exe: { path: "/usr/bin/dockerd", isDeleted: true, isReplaced: true } }),
        busy(472, "/opt/app/server", 1, {
          exe: { path: "/opt/app/server", isDeleted: true, isReplaced: true },
          uid: 998,
        }),
      ],
    },
  ],
  [
    "container runtimes that run from memory",
    {
      processes: [
        { pid: 480, exe: { path: "/usr/bin/podman" }, argv: ["podman", "run", "x"], ...shell },
        {
          pid: 481,
          ppid: 480,
          exe: { path: "/memfd:runc_cloned:/proc/self/exe", isMemfd: true, isDeleted: true },
          argv: ["runc", "init"],
          comm: "runc:[2:INIT]",
        },
      ],
    },
  ],
  [
    "the server of VS Code and what runs below it",
    {
      processes: [
        {
          pid: 490,
          ...orphan,
          ...user,
          exe: { path: "/usr/bin/dash" },
          argv: [
            "sh",
            "/home/dev/.vscode-server/cli/servers/Stable-1/server/bin/code-server",
            "--accept-server-license-terms",
          ],
        },
        busy(491, "/home/dev/.vscode-server/cli/servers/Stable-1/server/node", 1, {
          ...user,
          ppid: 490,
          argv: ["/home/dev/.vscode-server/cli/servers/Stable-1/server/node", "out/server-main.js"],
        }),
        busy(492, "/home/dev/.vscode-server/extensions/rust-lang.rust-analyzer-0.4/server/rust-analyzer", 3.9, {
          ...user,
          ppid: 491,
          threadCount: 10,
        }),
      ],
      cpuSeconds: { 492: [9.9, 9.8, 9.8, 9.7] },
    },
  ],
  [
    "a snap at full use",
    {
      processes: [
        busy(500, "/snap/multipass/1/bin/multipassd", 2, { cgroup: "/system.slice/snap.multipass.multipassd.service" }),
      ],
    },
  ],
  [
    "an administrator's own jobs and services",
    {
      processes: [busy(510, "/usr/local/bin/backup-agent", 0.2, orphan)],
      texts: [
        {
          topic: "cron",
          path: "/etc/cron.d/watch",
          content: "*/5 * * * * root pgrep -x backup-agent >/dev/null || /usr/local/bin/backup-agent --daemon\n",
        },
        {
          topic: "cron",
          path: "/var/spool/cron/crontabs/ops",
          content: "* * * * * /bin/sh -c 'date >> /tmp/.cronran'\n",
        },
        { topic: "hosts", path: "/etc/hosts", content: "127.0.0.1 localhost\n0.0.0.0 gulf.moneroocean.stream\n" },
        { topic: "history", path: "/root/.bash_history", content: "ping xmr-eu1.nanopool.org\npkill xmrig\n" },
      ],
    },
  ],
  [
    "an operator at work",
    {
      processes: [
        { pid: 520, ...shell, exe: { path: "/usr/bin/grep" }, argv: ["grep", "-r", "stratum+tcp://", "/var/log"] },
        { pid: 521, ...shell, exe: { path: "/usr/bin/vim.basic" }, argv: ["vim", "xmrig.json"] },
        { pid: 522, ...shell, exe: { path: "/usr/bin/curl" }, argv: ["curl", "-s", "https://supportxmr.com/api"] },
        { pid: 523, ...shell, exe: { path: "/usr/bin/tmux" }, argv: ["tmux", "new", "-s", "x"] },
      ],
    },
  ],
];

describe("whole hosts", () => {
  for (const [name, fixture, pids] of [...evil, ...more]) {
    it(`finds ${name}, as high or critical and with its pid`, () => {
      const alarms = alarmsOf(fixture);
      const serious = alarms.filter(isSerious);
      for (const pid of pids)
        assert.ok(
          serious.some((alarm) => pidsOf(alarm).includes(pid)),
          `pid ${pid} in ${JSON.stringify(alarms, undefined, 1)}`,
        );
      const strangers = serious.flatMap(pidsOf).filter((pid) => !pids.includes(pid));
      assert.deepEqual(strangers, [], JSON.stringify(serious, undefined, 1));
    });
  }

  for (const [name, fixture] of innocent) {
    it(`raises nothing high on ${name}`, () => {
      const serious = alarmsOf(fixture).filter(isSerious);
      assert.deepEqual(serious, [], JSON.stringify(serious, undefined, 1));
    });
  }

  it("raises no alarm at all on an idle host, in any mode", () => {
    for (const mode of ["sensitive", "balanced", "conservative"] as const) assert.deepEqual(alarmsOf({}, mode), []);
  });

  it("finds all of them at once, each under its own program", () => {
    const fixture: FactsFixture = {
      processes: evil
        .slice(0, 8)
        .flatMap(([name, { processes = [] }]) => (name.startsWith("the same") ? [] : processes)),
      texts: evil.slice(0, 8).flatMap(([, { texts = [] }]) => texts),
      ownership: { "/usr/sbin/simhide": "unowned", "/usr/local/lib/libsimhide.so": "unowned" },
    };
    const serious = alarmsOf(fixture).filter(isSerious);
    for (const pid of [300, 301, 302, 303, 304, 305, 306, 307, 308])
      assert.equal(serious.filter((alarm) => pidsOf(alarm).includes(pid)).length, 1, `pid ${pid}`);
    assert.equal(new Set(serious.map(({ id }) => id)).size, serious.length);
  });
});
