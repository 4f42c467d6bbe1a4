/**
 * What kind of thing a check looks at. Two findings of one kind often have one innocent
 * cause; findings of two kinds seldom do, so high severity asks for two of them or for
 * one that is direct.
 */
export type EvidenceKind =
  | "content"
  | "resource"
  | "network"
  | "place"
  | "masquerade"
  | "concealment"
  | "control"
  | "injection"
  | "persistence"
  | "account";

/** Every row of the detection catalogue by its kind. */
const rows: Readonly<Record<EvidenceKind, string>> = {
  content: "M01 M02 M03 M04 M05 M06 M15 M18 M19 M20 M24 M25",
  resource: "M07 M08 M09 M10 M11 M12 M16 M21 M23",
  network: "M14 M17 P10 P23 P24 P25 P27 P28 A17 A18 A22",
  place: "P03 P19 P21 P22",
  masquerade: "P04 P05 P16",
  concealment:
    "M13 M22 P01 P02 P06 P07 P08 R01 R02 R03 R04 R05 R06 R07 R08 R09 R10 R11 R12 R13 R14 R15 R16 R17 R18 R19 R20 A24 A25",
  control: "P09 P11 P20 A19 A21",
  injection: "P12 P13 P14 P15 A05",
  persistence: "P17 P18 P26 A01 A02 A03 A04",
  account: "A06 A07 A08 A09 A10 A11 A12 A13 A14 A15 A16 A20 A23",
};

const kinds: ReadonlyMap<string, EvidenceKind> = new Map(
  (Object.entries(rows) as [EvidenceKind, string][]).flatMap(([kind, ids]) =>
    ids.split(" ").map((id) => [id, kind] as const),
  ),
);

/** The kind of a check; `undefined` for a rule that is no row of the catalogue. */
export function evidenceKind(rule: string): EvidenceKind | undefined {
  return kinds.get(rule);
}

/** Kinds that innocent programs show as well; they are never direct, whatever the check's own severity. */
const circumstantialKinds: ReadonlySet<EvidenceKind> = new Set(["resource", "network", "place"]);
/** Rows of other kinds that are circumstantial too: an upgrade deletes files, an operator uses nohup. */
const circumstantialRows: ReadonlySet<string> = new Set(["P01", "P05", "P17", "P18", "A01"]);

export function isCircumstantial(rule: string): boolean {
  const kind = evidenceKind(rule);
  return kind === undefined || circumstantialKinds.has(kind) || circumstantialRows.has(rule);
}

/**
 * Rows in which a trusted program is the tool or the victim: that a package owns it
 * intact is how these attacks work, and excuses nothing.
 */
const abuseKinds: ReadonlySet<EvidenceKind> = new Set([
  "concealment",
  "control",
  "injection",
  "persistence",
  "account",
]);

export function isExcusedByOwner(rule: string): boolean {
  const kind = evidenceKind(rule);
  return rule === "P01" || (kind !== undefined && !abuseKinds.has(kind) && rule !== "P04");
}
