import type { ByteString } from "../../text/byteString.ts";
import { basename } from "../../text/paths.ts";
import type { AutostartEntry, ClassReading, RiskReason } from "../autostartClass.ts";
import { defineClass } from "../defineClass.ts";
import { startingUnits, type UnitState } from "../parsers/unitStates.ts";
import { unitCommand } from "../parsers/unitCommand.ts";
import { isTemplate, templateOf, unitPatterns, unitType } from "../parsers/unitNames.ts";
import { directivesOf, loadUnit, readUnits, type UnitFragment, type Units } from "../parsers/units.ts";

export const autostartClass = defineClass({
  number: 8,
  slug: "systemd-services",
  className: "systemd services",
  kind: "service",
  attack: ["T1543.002"],
  weakness:
    "The state is read from files: a unit that was started by hand, by D-Bus or by a udev rule, and unit paths set by a changed manager configuration, are not seen.",
  reads: unitPatterns,
  parse({ files }): ClassReading {
    const units = readUnits(files);
    const states = startingUnits(units);
    const fragments = [...units.fragments.values()]
      .filter(([first]) => first !== undefined && unitType(first.name) === "service")
      .flatMap((list) => list.map((fragment, index) => toEntry(units, states, fragment, list[index === 0 ? -1 : 0])));
    return {
      entries: [...fragments, ...instances(units, states), ...danglingLinks(units, states)],
      problems: [],
    };
  },
});

function toEntry(
  units: Units,
  states: ReadonlyMap<ByteString, UnitState>,
  fragment: UnitFragment,
  strongerOne: UnitFragment | undefined,
): AutostartEntry {
  const { name, file } = fragment;
  const base = { scope: "", name, path: file.path };
  if (fragment.isMask) return { ...base, runUser: "root", trigger: "masked", enabled: false, risk: [] };
  if (strongerOne) {
    const { toleratesMissing: _, program: __, ...command } = unitCommand(name, directivesOf(file));
    return { ...base, ...command, trigger: `replaced by ${strongerOne.file.path}`, enabled: false, risk: [] };
  }
  const unit = loadUnit(units, name);
  const command = unitCommand(name, unit?.directives ?? directivesOf(file));
  const state = states.get(unit?.fragment.name ?? name) ?? states.get(name) ?? instanceState(states, name);
  const isAlias = unit !== undefined && unit.fragment.name !== name;
  const hides =
    (units.fragments.get(name)?.length ?? 0) > 1 &&
    !/^\/(?:usr\/)?lib\//.test(file.path) &&
    // A link to the packaged unit of the same name replaces nothing.
    !/^\/(?:usr\/)?lib\/systemd\/system\//.test(file.link ?? "");
  return {
    ...base,
    ...command,
    trigger: isAlias ? `with ${unit.fragment.name}` : (state?.trigger ?? "not started"),
    enabled: state !== undefined,
    risk: [...command.risk, ...(hides ? (["replaces a unit of a package"] satisfies RiskReason[]) : [])],
  };
}

/** A template itself is enabled when an instance of it is. */
function instanceState(states: ReadonlyMap<ByteString, UnitState>, name: ByteString): UnitState | undefined {
  if (!isTemplate(name)) return undefined;
  for (const [started, state] of states) if (templateOf(started) === name) return state;
  return undefined;
}

/** Instances that start have no file of their own: the template's stands for them. */
function instances(units: Units, states: ReadonlyMap<ByteString, UnitState>): readonly AutostartEntry[] {
  return [...states].flatMap(([name, { trigger }]) => {
    if (templateOf(name) === undefined || unitType(name) !== "service" || units.fragments.has(name)) return [];
    const unit = loadUnit(units, name);
    if (!unit) return [];
    const command = unitCommand(name, unit.directives);
    return [{ scope: "", name, path: unit.fragment.file.path, ...command, trigger, enabled: true }];
  });
}

/**
 * Dependency links whose name no unit folder defines. Older systemd followed such a
 * link to the file behind it, so a readable one is listed with its command.
 */
function danglingLinks(units: Units, states: ReadonlyMap<ByteString, UnitState>): readonly AutostartEntry[] {
  return units.links.flatMap(({ owner, name, file }) => {
    if (unitType(name) !== "service" || loadUnit(units, name)) return [];
    const command = unitCommand(name, directivesOf(file));
    return [
      {
        scope: "",
        name: `${owner} > ${name}`,
        path: file.path,
        ...command,
        program: command.program ?? (file.link?.startsWith("/") === true ? file.link : basename(file.path)),
        toleratesMissing: file.linked !== undefined,
        trigger: states.get(name)?.trigger ?? "boot",
        enabled: file.content !== undefined,
      },
    ];
  });
}
