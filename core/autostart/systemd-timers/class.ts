import type { AutostartEntry, ClassReading, RiskReason } from "../autostartClass.ts";
import { defineClass } from "../defineClass.ts";
import { runsEveryMinute } from "../parsers/timerInterval.ts";
import { unitCommand } from "../parsers/unitCommand.ts";
import { isTemplate, templateOf, unitPatterns, unitType } from "../parsers/unitNames.ts";
import { activatedName, startingUnits, timerSchedule } from "../parsers/unitStates.ts";
import { directivesOf, loadUnit, readUnits, type UnitFragment, type Units } from "../parsers/units.ts";

export const autostartClass = defineClass({
  number: 10,
  slug: "systemd-timers",
  className: "systemd timers",
  kind: "scheduledTask",
  attack: ["T1053.006"],
  weakness: "The next elapse is not computed; a timer started by hand is listed as not started.",
  reads: unitPatterns,
  parse({ files }): ClassReading {
    const units = readUnits(files);
    const states = startingUnits(units);
    const started = [...states.keys()].filter((name) => unitType(name) === "timer");
    const isStarted = (name: string): boolean =>
      states.has(name) || (isTemplate(name) && started.some((other) => templateOf(other) === name));
    const own = [...units.fragments.values()]
      .filter(([first]) => first !== undefined && unitType(first.name) === "timer")
      .flatMap((list) =>
        list.map((fragment, index) => toEntry(units, fragment, index === 0 && isStarted(fragment.name), list[0])),
      );
    const instances = started.flatMap((name) => {
      const unit = units.fragments.has(name) ? undefined : loadUnit(units, name);
      return unit ? [{ ...toEntry(units, { ...unit.fragment, name }, true, undefined), name }] : [];
    });
    return { entries: [...own, ...instances], problems: [] };
  },
});

function toEntry(
  units: Units,
  fragment: UnitFragment,
  isStarted: boolean,
  strongest: UnitFragment | undefined,
): AutostartEntry {
  const { name, file } = fragment;
  const base = { scope: "", name, path: file.path };
  if (fragment.isMask) return { ...base, runUser: "root", trigger: "masked", enabled: false, risk: [] };
  if (strongest !== undefined && strongest !== fragment)
    return { ...base, runUser: "root", trigger: `replaced by ${strongest.file.path}`, enabled: false, risk: [] };
  const timer = loadUnit(units, name);
  if (!timer) return { ...base, runUser: "root", trigger: "not started", enabled: false, risk: [] };
  const service = activatedName(timer, name);
  const paired = loadUnit(units, service);
  const { risk, command, ...rest } = unitCommand(service, paired?.directives ?? directivesOf(file));
  const often: readonly RiskReason[] = runsEveryMinute(timer.directives) ? ["runs every minute"] : [];
  return {
    ...base,
    ...rest,
    command: command === undefined ? service : `${service}: ${command}`,
    trigger: `time: ${timerSchedule(timer)}`,
    enabled: isStarted && paired?.isMasked !== true,
    risk: [...risk, ...often],
  };
}
