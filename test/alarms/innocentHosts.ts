import type { FactsFixture } from "#test/checks/factsFixture";
import { busy, container, orphan, shell, user } from "./hostParts.ts";

/** Busy or odd hosts without a miner. */
export const innocentHosts: readonly (readonly [name: string, fixture: FactsFixture])[] = [
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
