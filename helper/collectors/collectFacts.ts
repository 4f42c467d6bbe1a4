import type { CpuWindow, FactName, Facts, HostFact } from "#core/facts/facts";
import { isFailure, type Host } from "#core/facts/host";
import { preloadEntries } from "#core/facts/preloadEntries";
import { unseen, type Observed, type Unseen } from "#core/facts/observed";
import type { ProcessFact } from "#core/facts/process";
import { parseMountinfo, type Mount } from "#core/parsers/mountinfo";
import { parsePasswd, type Account } from "#core/parsers/passwd";
import { decodeUtf8, type ByteString } from "#core/text/byteString";
import { defaultCollectOptions, type CollectOptions } from "./collectOptions.ts";
import { cpuBetween, sampleCpu, topConsumers, type CpuSample } from "./cpu.ts";
import { collectExecutables } from "./executables.ts";
import { collectHost } from "./hostFact.ts";
import { collectMappings } from "./mappings.ts";
import { OwnershipCollector } from "./ownership.ts";
import { collectPamModules } from "./pamModules.ts";
import { sweepPids } from "./pidSweep.ts";
import { collectProcesses } from "./processes.ts";
import { collectSockets } from "./sockets.ts";
import { isIntact, isSuspect } from "./suspects.ts";
import { collectTexts } from "./texts.ts";
import { namedFiles } from "./namedFiles.ts";

/**
 * Looks at a host once. Cheap facts are collected about everything, dear ones (digests,
 * neighbouring files) only about processes that ask for a second look. A fact that could
 * not be collected is `unseen` with the reason; only cancellation throws.
 */
export async function collectFacts(host: Host, options: Partial<CollectOptions> = {}): Promise<Facts> {
  return new Collection(host, { ...defaultCollectOptions, ...options }).run();
}

/** One run: the order of the collectors, and what they hand to each other. */
class Collection {
  readonly #host: Host;
  readonly #options: CollectOptions;
  readonly #euid: number;
  readonly #mounts: readonly Mount[];
  readonly #accounts: readonly Account[];
  readonly #ownership: OwnershipCollector;

  constructor(host: Host, options: CollectOptions) {
    this.#host = host;
    this.#options = options;
    this.#euid = host.self().euid;
    this.#mounts = readMounts(host);
    this.#accounts = readAccounts(host);
    this.#ownership = new OwnershipCollector(host, options.limits);
  }

  async run(): Promise<Facts> {
    const host = await this.#collect("host", () => collectHost(this.#host));
    const about = host.kind === "seen" ? host.value : undefined;
    const processes = await this.#collect("processes", () => {
      const userNames = new Map(this.#accounts.map(({ uid, name }) => [uid, decodeUtf8(name)] as const));
      return collectProcesses(this.#host, { ...this.#common(), userNames, mounts: this.#mounts });
    });
    const facts =
      processes.kind === "seen" ? await this.#around(processes.value, about) : await this.#without(processes);
    return { host, processes, ...facts, ownership: this.#ownership.fact() };
  }

  /** The facts that build on the list of processes. */
  async #around(
    processes: readonly ProcessFact[],
    about: HostFact | undefined,
  ): Promise<Omit<Facts, "host" | "processes" | "ownership">> {
    const common = this.#common();
    const mountNamespace = about?.mountNamespace ?? "";
    // The window runs while the other facts are collected.
    const before = this.#wants("cpu") ? sampleCpu(this.#host) : undefined;
    const sockets = await this.#collect("sockets", () => collectSockets(this.#host, processes, common));
    await this.#askForOwners(processes, mountNamespace);
    const pamModules = await this.#pamModules();
    const mappings = await this.#collect("mappings", () =>
      collectMappings(this.#host, processes, { ...common, mountNamespace, ownership: this.#ownership }),
    );
    const pidSweep = await this.#collect("pidSweep", () =>
      sweepPids(this.#host, processes, { ...common, mounts: this.#mounts }),
    );
    const cpu = await this.#collect("cpu", () => this.#cpu(before, about));

    const busy = new Set(topConsumers(cpu, processes));
    const ownership = this.#ownership.fact().value;
    const suspects = processes.filter((process) => busy.has(process) || isSuspect(process, ownership));
    const executables = await this.#collect("executables", () =>
      collectExecutables(
        this.#host,
        suspects.filter((process) => !isIntact(process, ownership)),
        { ...common, binaryMarkers: this.#options.binaryMarkers },
      ),
    );
    const texts = await this.#texts({ processes, suspects }, mountNamespace);
    return { sockets, cpu, texts, executables, mappings, pidSweep, pamModules };
  }

  /** What can still be said about a host whose processes cannot be listed. */
  async #without({ reason }: Unseen): Promise<Omit<Facts, "host" | "processes" | "ownership">> {
    const nothing = unseen(reason);
    const pamModules = await this.#pamModules();
    const texts = await this.#texts({ processes: [], suspects: [] }, "");
    return {
      sockets: nothing,
      cpu: nothing,
      texts,
      executables: nothing,
      mappings: nothing,
      pidSweep: nothing,
      pamModules,
    };
  }

  async #askForOwners(processes: readonly ProcessFact[], mountNamespace: string): Promise<void> {
    if (!this.#wants("ownership")) return;
    this.#options.onProgress?.("ownership");
    const paths = new Set<ByteString>();
    for (const process of processes) {
      if (process.exe !== undefined && isHostPath(this.#host, process, mountNamespace)) paths.add(process.exe.path);
      for (const { path } of preloadEntries(process.environ ?? "")) paths.add(path);
    }
    await this.#ownership.ask([...paths], { verify: true });
    this.#ownership.relate(processes);
  }

  async #pamModules(): Promise<Facts["pamModules"]> {
    const modules = await this.#collect("pamModules", () => collectPamModules(this.#host, { euid: this.#euid }));
    if (modules.kind === "seen" && this.#wants("ownership")) {
      await this.#ownership.ask(
        modules.value.map(({ path }) => path),
        { verify: true },
      );
    }
    return modules;
  }

  async #texts(
    running: { readonly processes: readonly ProcessFact[]; readonly suspects: readonly ProcessFact[] },
    mountNamespace: string,
  ): Promise<Facts["texts"]> {
    const texts = await this.#collect("texts", () =>
      collectTexts(this.#host, running, { ...this.#common(), accounts: this.#accounts, mountNamespace }),
    );
    if (texts.kind === "seen" && this.#wants("ownership")) {
      await this.#ownership.ask([...new Set(texts.value.flatMap((text) => [text.path, ...namedFiles(text)]))], {
        verify: true,
      });
    }
    return texts;
  }

  async #cpu(before: CpuSample | undefined, about: HostFact | undefined): Promise<Observed<CpuWindow>> {
    if (before !== undefined) {
      const elapsedMs = (this.#host.clock().monotonicNs - before.monotonicNs) / 1e6;
      await this.#host.wait(Math.max(0, this.#options.cpuWindowMs - elapsedMs));
    }
    const { clockTicksPerSecond = 100, cores = 1 } = about ?? {};
    return cpuBetween(before, sampleCpu(this.#host), { clockTicksPerSecond, cores, euid: this.#euid });
  }

  /** A bug in one collector must not take the others with it; a cancelled collection ends at once. */
  async #collect<Value>(
    name: FactName,
    work: () => Observed<Value> | Promise<Observed<Value>>,
  ): Promise<Observed<Value>> {
    if (name !== "host" && name !== "processes" && !this.#wants(name)) return unseen("This fact was not asked for.");
    this.#options.signal?.throwIfAborted();
    this.#options.onProgress?.(name);
    try {
      return await work();
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      return unseen(`The collector of ${name} failed: ${String(error)}`);
    }
  }

  #wants(name: FactName): boolean {
    return this.#options.facts?.includes(name) ?? true;
  }

  #common(): { readonly euid: number; readonly limits: CollectOptions["limits"]; readonly signal?: AbortSignal } {
    const { limits, signal } = this.#options;
    return { euid: this.#euid, limits, ...(signal === undefined ? {} : { signal }) };
  }
}

/**
 * Whether the path of the executable means the host's file of that path. In another mount
 * namespace it does only when it leads to the same inode, as for a service with PrivateTmp.
 */
function isHostPath(host: Host, { exe, namespaces }: ProcessFact, mountNamespace: string): boolean {
  if (exe === undefined || exe.isMemfd) return false;
  if (namespaces.mnt === undefined || namespaces.mnt === mountNamespace) return true;
  const status = host.stat(exe.path);
  return !isFailure(status) && status.id === exe.status.id;
}

function readMounts(host: Host): readonly Mount[] {
  const text = host.read("/proc/self/mountinfo", 8 << 20);
  return isFailure(text) ? [] : parseMountinfo(text).value;
}

function readAccounts(host: Host): readonly Account[] {
  const text = host.read("/etc/passwd", 4 << 20);
  return isFailure(text) ? [] : parsePasswd(text).value;
}
