import type { ByteString } from "../text/byteString.ts";
import { basename } from "../text/paths.ts";
import { familyArtefactList } from "./familyArtefactList.ts";
import { unveilLines } from "./veiled.ts";

/** A name that a family of miners was reported to use. */
export interface FamilyArtefact {
  readonly family: string;
  readonly strength: "strong" | "weak";
}

interface Entry extends FamilyArtefact {
  readonly kind: string;
  readonly name: string;
}

const entries: readonly Entry[] = unveilLines(familyArtefactList).map((line) => {
  const [strength = "", kind = "", ...rest] = line.split(" ");
  return {
    kind,
    name: rest.slice(0, -1).join(" "),
    family: rest.at(-1) ?? "",
    strength: strength === "strong" ? "strong" : "weak",
  };
});

const byKind = (kind: string): ReadonlyMap<string, Entry> =>
  new Map(entries.filter((entry) => entry.kind === kind).map((entry) => [entry.name, entry]));
const paths = byKind("path");
const names = byKind("name");
const folders = byKind("folder");
const units = byKind("unit");

/** How precisely a path is that of a family: the whole path, or its last name only. */
export function artefactAt(path: ByteString): (FamilyArtefact & { readonly match: "path" | "name" }) | undefined {
  const whole =
    paths.get(path) ??
    parents(path)
      .map((folder) => paths.get(`${folder}/`))
      .find((entry) => entry);
  if (whole !== undefined) return { ...whole, match: "path" };
  const parts = path.split("/");
  const folder = parts
    .slice(0, -1)
    .map((part) => folders.get(part))
    .find((entry) => entry);
  if (folder !== undefined) return { ...folder, match: "path" };
  const name = names.get(basename(path));
  return name === undefined ? undefined : { ...name, match: "name" };
}

/** The family that a unit file is named after. */
export function artefactUnit(path: ByteString): FamilyArtefact | undefined {
  return units.get(basename(path));
}

/** Names of programs of mining families, for scripts that kill the competition. */
export const competitorNames: ReadonlySet<string> = new Set(
  entries
    .filter(({ kind, strength }) => kind === "name" && strength === "strong")
    .map(({ name }) => name.toLowerCase()),
);

function parents(path: ByteString): readonly ByteString[] {
  const found: string[] = [];
  for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1)) found.push(path.slice(0, cut));
  return found.slice(0, 64);
}
