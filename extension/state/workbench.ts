import type { Alarm } from "#core/alarms/alarm";
import type { HostEntry } from "../hosts/hostEntry.ts";
import { type HostFilter, passesFilter } from "../views/filter.ts";
import { type HostState, initialState } from "./hostState.ts";

/** The state of all hosts, and who wants to know when it changes. Holds data only. */
export class Workbench {
  #states = new Map<string, HostState>();
  #filter: HostFilter = {};
  #visible: readonly HostState[] | undefined;
  readonly #listeners = new Set<() => void>();

  /** Hosts that pass the filter, in the order of the list. */
  get visible(): readonly HostState[] {
    // Every row of every view asks: with thousands of hosts it is worth remembering.
    this.#visible ??= [...this.#states.values()].filter(({ entry }) => passesFilter(entry, this.#filter));
    return this.#visible;
  }

  get all(): readonly HostState[] {
    return [...this.#states.values()];
  }

  get filter(): HostFilter {
    return this.#filter;
  }

  host(address: string): HostState | undefined {
    return this.#states.get(address);
  }

  setFilter(filter: HostFilter): void {
    this.#filter = filter;
    this.#announce();
  }

  /** Takes over a new list of hosts and keeps what is known about those that stay. */
  setHosts(entries: readonly HostEntry[]): void {
    this.#states = new Map(
      entries.map((entry) => [entry.address, { ...(this.#states.get(entry.address) ?? initialState(entry)), entry }]),
    );
    this.#announce();
  }

  /** Ignored for a host that has left the list in the meantime. */
  update(address: string, change: Partial<HostState>): void {
    const state = this.#states.get(address);
    if (!state) return;
    this.#states.set(address, { ...state, ...change });
    this.#announce();
  }

  /** Forgets what was known about a host, back to "not looked at yet"; its connection stays. */
  forget(address: string): void {
    const state = this.#states.get(address);
    if (!state) return;
    this.#states.set(address, { ...initialState(state.entry), connection: state.connection });
    this.#announce();
  }

  /**
   * Takes over the alarms that a host keeps. One that was seen here and is not among them
   * stays: only a triage may take an alarm away, not a host whose memory was wiped.
   */
  keepAlarms(address: string, kept: readonly Alarm[]): void {
    const state = this.#states.get(address);
    if (!state) return;
    const ids = new Set(kept.map(({ id }) => id));
    this.update(address, { alarms: [...kept, ...state.alarms.filter(({ id }) => !ids.has(id))] });
  }

  setActivity(address: string, activity: string | undefined): void {
    const state = this.#states.get(address);
    if (!state) return;
    const { activity: _ended, ...rest } = state;
    this.#states.set(address, activity === undefined ? rest : { ...rest, activity });
    this.#announce();
  }

  onDidChange(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  #announce(): void {
    this.#visible = undefined;
    for (const listener of this.#listeners) listener();
  }
}
