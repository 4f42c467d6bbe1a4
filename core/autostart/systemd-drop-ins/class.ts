import type { AutostartEntry, ClassReading, RiskReason } from "../autostartClass.ts";
import type { ByteString } from "../../text/byteString.ts";
import { defineClass } from "../defineClass.ts";
import { startingUnits } from "../parsers/unitStates.ts";
import { unitCommand } from "../parsers/unitCommand.ts";
import { unitPatterns } from "../parsers/unitNames.ts";
import { directivesOf, loadUnit, readUnits, type DropIn } from "../parsers/units.ts";

export const autostartClass = defineClass({
  number: 9,
  slug: "systemd-drop-ins",
  className: "systemd drop-ins",
  kind: "service",
  attack: ["T1543.002"],
  weakness: "Drop-ins of user units belong to another class.",
  reads: unitPatterns,
  parse({ files }): ClassReading {
    const units = readUnits(files);
    const states = startingUnits(units);
    // Which drop-ins take effect depends on every unit that could read them.
    const effective = new Set<DropIn>();
    const loadedBy = new Map<ByteString, ByteString>();
    for (const name of new Set([...states.keys(), ...units.fragments.keys()])) {
      for (const dropIn of loadUnit(units, name)?.dropIns ?? []) {
        if (states.has(name)) effective.add(dropIn);
        if (!loadedBy.has(dropIn.file.path)) loadedBy.set(dropIn.file.path, name);
      }
    }
    return {
      entries: units.dropIns.map((dropIn) => toEntry(dropIn, effective.has(dropIn), loadedBy.has(dropIn.file.path))),
      problems: [],
    };
  },
});

function toEntry(dropIn: DropIn, isEffective: boolean, isLoaded: boolean): AutostartEntry {
  const { folder, name, file } = dropIn;
  const unit = folder.slice(0, -".d".length);
  const base = { scope: "", name: `${folder}/${name}`, path: file.path };
  if (dropIn.isMask) return { ...base, runUser: "root", trigger: "masked", enabled: false, risk: [] };
  const directives = directivesOf(file);
  const { command, risk, ...rest } = unitCommand(unit, directives);
  // Without an Exec line what it sets is what there is to see.
  const settings = directives.filter(({ value }) => value !== "").map(({ key, value }) => `${key}=${value}`);
  const changesCommand: readonly RiskReason[] = command === undefined ? [] : ["changes what a unit of a package runs"];
  return {
    ...base,
    ...rest,
    command: command ?? settings.slice(0, 50).join(" ; "),
    trigger: isEffective ? `with ${unit}` : isLoaded ? `with ${unit}, which does not start` : "not read by any unit",
    enabled: isEffective,
    risk: [...risk, ...changesCommand],
  };
}
