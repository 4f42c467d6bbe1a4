import type { ByteString } from "../../text/byteString.ts";
import { dirname } from "../../text/paths.ts";
import { groupBy } from "./groupBy.ts";
import { lastValue, listValues } from "./unitFile.ts";
import { instantiate, isTemplate, isUnitName, unitType } from "./unitNames.ts";
import { loadUnit, pulledIn, type LoadedUnit, type Units } from "./units.ts";

/** Why a unit starts without being asked for. */
export interface UnitState {
  /** `boot`, `event` or the timer's `time: …`; the first that applies in this order. */
  readonly trigger: ByteString;
}

/**
 * The units that start by themselves, by the name under which they are loaded. A unit
 * counts when a dependency link names it under a target or under a unit that counts
 * itself, when such a unit or the default boot pulls it in with `Wants=` or a sister,
 * or when a counting timer, socket or path belongs to it. A target that is reached only
 * at shutdown counts as well: running then is running. Masked units never count.
 */
export function startingUnits(units: Units): ReadonlyMap<ByteString, UnitState> {
  const states = new Map<ByteString, UnitState>();
  const loaded = new Map<ByteString, LoadedUnit | undefined>();
  const linksByOwner = groupBy(units.links, ({ owner }) => owner);
  let queue: Start[] = [];
  let later: Start[] = [];
  const start = ({ name, trigger }: Start): void => {
    if (states.has(name)) return;
    if (!loaded.has(name)) loaded.set(name, loadUnit(units, name));
    if (loaded.get(name)?.isMasked === true) return;
    states.set(name, { trigger });
    queue.push({ name, trigger });
  };

  for (const name of bootTargets) start({ name, trigger: "boot" });
  // A transient unit comes into being by being started, and no link says so.
  for (const [name, [fragment]] of units.fragments) {
    if (!fragment || dirname(fragment.file.path) !== "/run/systemd/transient") continue;
    if (unitType(name) === "service") later.push({ name, trigger: "event" });
    else start({ name, trigger: "event" });
  }
  for (const [owner, links] of linksByOwner) {
    if (unitType(owner) !== "target" || loadUnit(units, owner)?.isMasked === true) continue;
    for (const { name } of links) start({ name: withDefaultInstance(units, name), trigger: "boot" });
  }
  while (queue.length > 0) {
    for (let head = 0; head < queue.length; head += 1) {
      const item = queue[head];
      if (!item) break;
      const { trigger } = item;
      const unit = loaded.get(item.name);
      for (const owner of unit ? namesOf(unit, item.name) : [item.name]) {
        // The unit behind an alias starts too.
        start({ name: owner, trigger });
        for (const { name } of linksByOwner.get(owner) ?? [])
          start({ name: withDefaultInstance(units, name), trigger });
      }
      if (!unit) continue;
      for (const name of pulledIn(unit.directives)) start({ name, trigger });
      later.push(...activated(unit, item.name), ...followUps(unit));
    }
    // What a timer starts comes after everything that starts anyway, so that `boot` wins over `time`.
    queue = [];
    for (const item of later.sort((left, right) => (key(left) < key(right) ? -1 : 1))) start(item);
    later = [];
  }
  return states;
}

interface Start {
  readonly name: ByteString;
  readonly trigger: ByteString;
}

function key({ name, trigger }: Start): string {
  return `${name}\0${trigger}`;
}

const bootTargets = ["default.target", "sysinit.target", "basic.target"];

function namesOf(unit: LoadedUnit, name: ByteString): readonly ByteString[] {
  return unit.fragment.name === name || isTemplate(unit.fragment.name) ? [name] : [name, unit.fragment.name];
}

/** `foo@.service` in a `.wants` folder starts the instance of `DefaultInstance=`. */
function withDefaultInstance(units: Units, name: ByteString): ByteString {
  if (!isTemplate(name)) return name;
  const instance = lastValue(loadUnit(units, name)?.directives ?? [], "Install", "DefaultInstance");
  return instance === undefined ? name : instantiate(name, instance);
}

/** Units that start when this one ends. */
function followUps(unit: LoadedUnit): readonly Start[] {
  return ["OnFailure", "OnSuccess"].flatMap((key) =>
    listValues(unit.directives, "Unit", key).flatMap((value) =>
      value
        .split(/\s+/)
        .filter((name) => isUnitName(name))
        .map((name) => ({ name, trigger: "event" })),
    ),
  );
}

/** The unit that a timer, socket or path starts when its moment comes. */
function activated(unit: LoadedUnit, name: ByteString): readonly Start[] {
  const type = unitType(name);
  const section = { timer: "Timer", socket: "Socket", path: "Path", automount: "Automount" }[type];
  if (section === undefined) return [];
  const trigger = type === "timer" ? `time: ${timerSchedule(unit)}` : "event";
  return [{ name: activatedName(unit, name), trigger }];
}

/** `Unit=` (`Service=` of a socket), else the service of the same name; a socket with `Accept=yes` starts instances. */
export function activatedName(unit: LoadedUnit, name: ByteString): ByteString {
  const type = unitType(name);
  const stem = name.slice(0, -(type.length + 1));
  if (type === "socket") {
    const service = lastValue(unit.directives, "Socket", "Service");
    if (service !== undefined) return service;
    const accepts = /^(?:1|yes|true|on|y|t)$/i.test(lastValue(unit.directives, "Socket", "Accept") ?? "");
    return `${stem}${accepts ? "@" : ""}.service`;
  }
  if (type === "automount") return `${stem}.mount`;
  return lastValue(unit.directives, type === "timer" ? "Timer" : "Path", "Unit") ?? `${stem}.service`;
}

const timerKeys = [
  "OnActiveSec",
  "OnBootSec",
  "OnStartupSec",
  "OnUnitActiveSec",
  "OnUnitInactiveSec",
  "OnCalendar",
  "OnClockChange",
  "OnTimezoneChange",
];

/** The settings that decide when a timer elapses: `OnCalendar=daily, Persistent=true`. */
export function timerSchedule(unit: LoadedUnit): ByteString {
  const isTimer = (key: ByteString): boolean => timerKeys.includes(key);
  let settings: ByteString[] = [];
  for (const { section, key, value } of unit.directives) {
    if (section !== "Timer") continue;
    // An empty value of any of them resets them all.
    if (isTimer(key)) settings = value === "" ? [] : [...settings, `${key}=${value}`];
  }
  const persistent = lastValue(unit.directives, "Timer", "Persistent");
  return [...settings.slice(0, 20), ...(persistent === undefined ? [] : [`Persistent=${persistent}`])].join(", ");
}
