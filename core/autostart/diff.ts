import type { AutostartDocument } from "./autostartDocument.ts";
import type { AutostartChange, AutostartItem } from "./item.ts";
import { groupBy } from "./parsers/groupBy.ts";

export interface AutostartDiff {
  /** Sorted by path, then line, then name; the order of the items given does not matter. */
  readonly changes: readonly AutostartChange[];
  /** Classes for which one of the two readings was not complete, and what could not be said because of it. */
  readonly notRun: AutostartDocument["notRun"];
}

/**
 * What changed between two readings. An item that a class did not show because it could
 * not look is not deleted, and one that it shows after it could not look before is not
 * new: both are counted in `notRun` instead.
 * @param seenAt when the second reading was made, milliseconds since the epoch
 */
export function diffAutostart(
  before: Pick<AutostartDocument, "items" | "notRun">,
  after: Pick<AutostartDocument, "items" | "notRun">,
  seenAt: number,
): AutostartDiff {
  const earlier = new Map(before.items.map((item) => [item.id, item]));
  const later = new Map(after.items.map((item) => [item.id, item]));
  const gone = [...earlier.values()].filter(({ id }) => !later.has(id));
  const fresh = [...later.values()].filter(({ id }) => !earlier.has(id));
  const pairs = pairRewritten(gone, fresh);
  const rewritten = new Set([...pairs].flat());
  const unseenBefore = new Set(before.notRun.map((entry) => entry.class));
  const unseenAfter = new Set(after.notRun.map((entry) => entry.class));
  const lost = gone.filter((item) => !rewritten.has(item));
  const found = fresh.filter((item) => !rewritten.has(item));

  const changes: AutostartChange[] = [
    ...[...earlier.values()].flatMap((item) => {
      const now = later.get(item.id);
      return now ? compare(item, now, seenAt) : [];
    }),
    ...pairs.flatMap(([old, now]) => compare(old, now, seenAt)),
    ...lost
      .filter(({ className }) => !unseenAfter.has(className))
      .map((item): AutostartChange => ({ change: "delete", item, fields: [], seenAt })),
    ...found
      .filter(({ className }) => !unseenBefore.has(className))
      .map((item): AutostartChange => ({ change: "add", item, fields: [], seenAt })),
  ];
  return {
    changes: changes.sort((left, right) => compareItems(left.item, right.item) || order(left.change, right.change)),
    notRun: [
      ...undetermined(lost, unseenAfter, "may be gone: this class was not read completely now"),
      ...undetermined(found, unseenBefore, "may be new: this class was not read completely before"),
    ],
  };
}

/**
 * A line whose command was edited has another id. Within one file, one scope and one
 * class it is the same line with a change when it stands at the same place, or when it
 * is the only one that went and the only one that came.
 */
function pairRewritten(
  gone: readonly AutostartItem[],
  fresh: readonly AutostartItem[],
): readonly (readonly [AutostartItem, AutostartItem])[] {
  const place = (item: AutostartItem): string => JSON.stringify([item.class, item.pathBase64 ?? item.path]);
  const freshByPlace = groupBy(fresh.filter(isLine), place);
  const pairs: [AutostartItem, AutostartItem][] = [];
  for (const [key, old] of groupBy(gone.filter(isLine), place)) {
    const candidates = freshByPlace.get(key) ?? [];
    const [onlyOld] = old;
    const [onlyNew] = candidates;
    if (onlyOld && onlyNew && old.length === 1 && candidates.length === 1) {
      if (changedFields(onlyOld, onlyNew).length > 0) pairs.push([onlyOld, onlyNew]);
      continue;
    }
    for (const item of old) {
      const twins = candidates.filter(({ line }) => line === item.line);
      const [twin] = twins;
      const isAlone = old.filter(({ line }) => line === item.line).length === 1;
      if (twin && twins.length === 1 && isAlone && changedFields(item, twin).length > 0) pairs.push([item, twin]);
    }
  }
  return pairs;
}

function isLine(item: AutostartItem): boolean {
  return item.line !== undefined;
}

function compare(before: AutostartItem, item: AutostartItem, seenAt: number): readonly AutostartChange[] {
  const fields = changedFields(before, item);
  return fields.length === 0 ? [] : [{ change: "modify", item, before, fields, seenAt }];
}

/** A judgement, not a property; it follows from the others and from our own version. */
const judgedFields = new Set(["id", "risk"]);
/** A rewrite with the same content and rights changes these alone, as every package update does. */
const timeFields = new Set(["mtime", "ctime"]);
/** Of a line, these belong to the file around it. */
const fileFields = new Set(["line", "sha256"]);

/** Names of the properties that differ; empty when only such differ as do not make a change. */
function changedFields(before: AutostartItem, after: AutostartItem): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)].filter((name) => !judgedFields.has(name)));
  const differing = [...names].filter((name) => canonical(valueOf(before, name)) !== canonical(valueOf(after, name)));
  const isLineItem = before.line !== undefined && after.line !== undefined;
  const matters = differing.some((name) => !timeFields.has(name) && !(isLineItem && fileFields.has(name)));
  return matters ? differing.sort() : [];
}

function valueOf(item: AutostartItem, name: string): unknown {
  return Object.entries(item).find(([key]) => key === name)?.[1];
}

/** Text that is equal exactly when two values are, whatever the order of their keys. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).sort(([left], [right]) => order(left, right));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
}

function undetermined(
  items: readonly AutostartItem[],
  unseen: ReadonlySet<string>,
  what: string,
): AutostartDocument["notRun"] {
  const groups = groupBy(
    items.filter(({ className }) => unseen.has(className)),
    ({ className }) => className,
  );
  return [...groups].map(([className, group]) => ({
    class: className,
    reason: `${group.length} ${group.length === 1 ? "item" : "items"} ${what}.`,
  }));
}

function compareItems(left: AutostartItem, right: AutostartItem): number {
  return (
    order(left.path, right.path) ||
    (left.line ?? 0) - (right.line ?? 0) ||
    order(left.name, right.name) ||
    order(left.id, right.id)
  );
}

function order(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
