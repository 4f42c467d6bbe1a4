import type { FactsFixture } from "#test/checks/factsFixture";
import { makeCryptonoteAddress } from "#test/checks/makeAddress";
import { busy, container, orphan, parts, shell, user } from "./hostParts.ts";

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

/** Hosts with a miner: what it is, the facts, the pids that an urgent alarm must name. */
export const evilHosts: typeof evil = [...evil, ...more];
