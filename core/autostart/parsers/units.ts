import type { ByteString } from "../../text/byteString.ts";
import { basename, dirname } from "../../text/paths.ts";
import type { AutostartFile } from "../autostartClass.ts";
import { groupBy } from "./groupBy.ts";
import { listValues, parseUnitFile, type UnitDirective } from "./unitFile.ts";
import {
  dropInFolders,
  instanceOf,
  instantiate,
  isTemplate,
  isUnitName,
  templateOf,
  unitFolders,
} from "./unitNames.ts";

/** One file or link directly in a unit folder. */
export interface UnitFragment {
  readonly name: ByteString;
  readonly file: AutostartFile;
  /** Lower is stronger. */
  readonly priority: number;
  /** Leads to /dev/null or is empty: the unit cannot be started. */
  readonly isMask: boolean;
  /** The other unit name that this link stands for. */
  readonly aliasOf?: ByteString;
}

export interface DropIn {
  /** `ssh.service.d` */
  readonly folder: ByteString;
  readonly name: ByteString;
  readonly file: AutostartFile;
  readonly priority: number;
  readonly isMask: boolean;
}

/** A name in `X.wants/` and its sisters: starting X starts the unit of this name. */
export interface DependencyLink {
  readonly owner: ByteString;
  readonly name: ByteString;
  readonly file: AutostartFile;
}

/** All units of a machine, as the system manager would load them. */
export interface Units {
  /** By name, strongest first. */
  readonly fragments: ReadonlyMap<ByteString, readonly UnitFragment[]>;
  readonly dropIns: readonly DropIn[];
  readonly links: readonly DependencyLink[];
}

export interface LoadedUnit {
  readonly name: ByteString;
  readonly fragment: UnitFragment;
  /** Those that apply, in the order in which systemd reads them. */
  readonly dropIns: readonly DropIn[];
  /** Of the fragment and then of the drop-ins. */
  readonly directives: readonly UnitDirective[];
  readonly isMasked: boolean;
}

export function readUnits(files: readonly AutostartFile[]): Units {
  const fragments = new Map<ByteString, UnitFragment[]>();
  const dropIns: DropIn[] = [];
  const links: DependencyLink[] = [];
  for (const file of files) {
    const folder = dirname(file.path);
    const name = basename(file.path);
    const priority = unitFolders.indexOf(folder);
    if (priority >= 0) {
      if (!isUnitName(name)) continue;
      const list = fragments.get(name) ?? [];
      list.push({ name, file, priority, isMask: isMask(file), ...alias(file, name) });
      fragments.set(name, list);
      continue;
    }
    const parent = basename(folder);
    const parentPriority = unitFolders.indexOf(dirname(folder));
    if (parentPriority < 0) continue;
    const owner = /^(.+)\.(?:wants|requires|upholds)$/s.exec(parent)?.[1];
    if (owner !== undefined) {
      if (isUnitName(owner) && isUnitName(name)) links.push({ owner, name, file });
    } else if (parent.endsWith(".d") && name.endsWith(".conf"))
      dropIns.push({ folder: parent, name, file, priority: parentPriority, isMask: isMask(file) });
  }
  for (const list of fragments.values()) list.sort((left, right) => left.priority - right.priority);
  return { fragments, dropIns, links };
}

function isMask(file: AutostartFile): boolean {
  if (file.link === "/dev/null" || (file.linked?.kind === "character" && /(?:^|\/)dev\/null$/.test(file.link ?? "")))
    return true;
  return file.status.kind === "file" && file.status.size === 0;
}

function alias(file: AutostartFile, name: ByteString): { readonly aliasOf?: ByteString } {
  if (file.link === undefined) return {};
  const target = basename(file.link);
  return target !== name && isUnitName(target) ? { aliasOf: target } : {};
}

/** The unit of this name with aliases, template and drop-ins resolved; undefined when no file defines it. */
export function loadUnit(units: Units, name: ByteString): LoadedUnit | undefined {
  const names = [name];
  let current = name;
  for (let turn = 0; turn < 8; turn += 1) {
    const template = templateOf(current);
    const own = units.fragments.get(current)?.[0];
    const fragment = own ?? (template === undefined ? undefined : units.fragments.get(template)?.[0]);
    if (!fragment) return undefined;
    const next = resolveAlias(fragment, current);
    if (next === undefined || next === current || !isDefined(units, next)) {
      const dropIns = applicableDropIns(units, names);
      return {
        name,
        fragment,
        dropIns,
        directives: [fragment.file, ...dropIns.map(({ file }) => file)].flatMap((file) => directivesOf(file)),
        isMasked: fragment.isMask,
      };
    }
    names.push(next);
    current = next;
  }
  return undefined;
}

/** A link from a template to a template keeps the instance. */
function resolveAlias(fragment: UnitFragment, name: ByteString): ByteString | undefined {
  if (fragment.aliasOf === undefined) return undefined;
  const instance = instanceOf(name);
  return isTemplate(fragment.aliasOf) && instance !== "" ? instantiate(fragment.aliasOf, instance) : fragment.aliasOf;
}

function isDefined(units: Units, name: ByteString): boolean {
  const template = templateOf(name);
  return units.fragments.has(name) || (template !== undefined && units.fragments.has(template));
}

/** Of several drop-ins with one file name the strongest folder wins; a link to /dev/null takes it out. */
function applicableDropIns(units: Units, names: readonly ByteString[]): readonly DropIn[] {
  const folders = names.flatMap(dropInFolders);
  const byName = new Map<ByteString, DropIn>();
  for (const dropIn of dropInIndex(units, folders)) {
    const other = byName.get(dropIn.name);
    if (!other || isStronger(dropIn, other, folders)) byName.set(dropIn.name, dropIn);
  }
  return [...byName.values()]
    .filter(({ isMask }) => !isMask)
    .sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
}

const dropInsByFolder = new WeakMap<Units, ReadonlyMap<ByteString, readonly DropIn[]>>();

function dropInIndex(units: Units, folders: readonly ByteString[]): readonly DropIn[] {
  let index = dropInsByFolder.get(units);
  if (!index) {
    index = groupBy(units.dropIns, ({ folder }) => folder);
    dropInsByFolder.set(units, index);
  }
  return folders.flatMap((folder) => index.get(folder) ?? []);
}

function isStronger(left: DropIn, right: DropIn, folders: readonly ByteString[]): boolean {
  const byFolder = folders.indexOf(left.folder) - folders.indexOf(right.folder);
  return byFolder === 0 ? left.priority < right.priority : byFolder < 0;
}

const directivesByFile = new WeakMap<AutostartFile, readonly UnitDirective[]>();

/** Parsed once per file, however many instances share it. */
export function directivesOf(file: AutostartFile): readonly UnitDirective[] {
  const known = directivesByFile.get(file);
  if (known) return known;
  const directives = parseUnitFile(file.content ?? "");
  directivesByFile.set(file, directives);
  return directives;
}

/** Names in `Wants=` and its sisters, which start the other unit along with this one. */
export function pulledIn(directives: readonly UnitDirective[]): readonly ByteString[] {
  return ["Wants", "Requires", "BindsTo", "Upholds"].flatMap((key) =>
    listValues(directives, "Unit", key).flatMap((value) => value.split(/\s+/).filter((name) => isUnitName(name))),
  );
}
