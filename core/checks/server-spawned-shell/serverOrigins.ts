import type { ProcessFact } from "../../facts/process.ts";
import type { SocketFact } from "../../facts/socket.ts";
import { basename } from "../../text/paths.ts";
import type { ProcessTree } from "../processTree.ts";
import { withoutVersion } from "../programName.ts";

/**
 * What a network service has to do with shells.
 *
 * - `never`: serves data and runs nothing
 * - `sometimes`: applications inside it call tools
 * - `database`: administrators make it run commands, for example to archive logs
 * - `builder`: application platforms whose programs run tools all day, such as CI servers
 */
export interface Server {
  readonly process: ProcessFact;
  readonly kind: "never" | "sometimes" | "database" | "builder";
  /** Known by the control group only, in which the service manager starts helpers of the unit as well. */
  readonly isByUnit: boolean;
}

const kinds: ReadonlyMap<string, Server["kind"]> = new Map(
  (
    [
      [
        "never",
        "nginx redis-server valkey-server keydb-server memcached haproxy varnishd mongod envoy traefik caddy etcd",
      ],
      [
        "sometimes",
        "apache apache2 httpd lighttpd lshttpd litespeed php-fpm php-cgi lsphp uwsgi gunicorn puma unicorn",
      ],
      ["database", "postgres postmaster mysqld mariadbd clickhouse-server"],
      ["builder", "java node nodejs dotnet"],
    ] as const
  ).flatMap(([kind, names]) => names.split(" ").map((name) => [name, kind] as const)),
);

/** Traces a process back to the network service that it came from. */
export class ServerOrigins {
  readonly #tree: ProcessTree;
  /** The service of each systemd unit, for processes that init adopted. */
  readonly #byUnit = new Map<string, Server>();

  readonly #listeners: ReadonlySet<number>;

  constructor(processes: readonly ProcessFact[], sockets: readonly SocketFact[], tree: ProcessTree) {
    this.#tree = tree;
    this.#listeners = new Set(sockets.flatMap(({ state, pids }) => (state === "LISTEN" ? pids : [])));
    for (const process of processes) {
      const server = this.#asServer(process);
      const unit = serviceUnit(process);
      if (server !== undefined && unit !== undefined && !this.#byUnit.has(unit)) this.#byUnit.set(unit, server);
    }
  }

  /** The nearest service above, at most four levels up; the service itself has none. */
  of(process: ProcessFact): Server | undefined {
    if (this.#asServer(process) !== undefined) return undefined;
    for (const ancestor of this.#tree.ancestorsOf(process, 4)) {
      const server = this.#asServer(ancestor);
      if (server !== undefined) return server;
      // Below a login, a cron job or a person's terminal the service is not to blame.
      if (ancestor.tty !== 0 || ancestor.pid === 1) break;
    }
    // A double fork leaves the tree of the service, but not its control group.
    const unit = serviceUnit(process);
    const server = unit === undefined ? undefined : this.#byUnit.get(unit);
    const isAdopted = process.ppid === 1 || this.#tree.parentOf(process)?.ppid === 1;
    return server !== undefined && isAdopted && server.process.startTime < process.startTime
      ? { ...server, isByUnit: true }
      : undefined;
  }

  #asServer(process: ProcessFact): Server | undefined {
    if (process.exe === undefined || process.exe.isMemfd) return undefined;
    const kind = kinds.get(withoutVersion(basename(process.exe.path)));
    // A runtime on somebody's terminal, or without a port of its own, is a tool and no service.
    if (kind === undefined || process.tty !== 0) return undefined;
    return kind === "builder" && !this.#listeners.has(process.pid) ? undefined : { process, kind, isByUnit: false };
  }
}

function serviceUnit({ cgroup = "" }: ProcessFact): string | undefined {
  return /\/([^/]{1,255}\.service)(?:\/|$)/.exec(cgroup)?.[1];
}
