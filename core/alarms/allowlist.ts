import { allowFields, allowOperators, type AllowField, type AllowOperator, type AllowRule } from "./allowlistMatch.ts";

export interface AllowlistProblem {
  /** Where in the document, for example `rules[2].operator`. */
  readonly path: string;
  readonly message: string;
}

/**
 * Reads the parsed document of `.countermine/allowlist.yaml`. A rule with a problem is
 * left out, and so is nothing else: a slip in one rule must neither widen it nor switch
 * off the others. The caller shows every problem.
 */
export function readAllowlist(document: unknown): {
  readonly rules: readonly AllowRule[];
  readonly problems: readonly AllowlistProblem[];
} {
  const problems: AllowlistProblem[] = [];
  const report = (path: string, message: string): void => void problems.push({ path, message });
  if (document === null || document === undefined) return { rules: [], problems };
  if (!isRecord(document)) {
    report("", "The document is not a mapping with the key `rules`.");
    return { rules: [], problems };
  }
  for (const key of Object.keys(document))
    if (key !== "rules" && key !== "version") report(key, "This key is not known; known are `version` and `rules`.");
  if (document["version"] !== undefined && document["version"] !== 1) report("version", "Only version 1 is known.");
  const list = document["rules"];
  if (!Array.isArray(list)) {
    report("rules", "This must be a list.");
    return { rules: [], problems };
  }
  if (list.length > ruleLimit) report("rules", `At most ${ruleLimit} rules are read.`);
  const rules = list.slice(0, ruleLimit).flatMap((entry: unknown, index) => {
    const before = problems.length;
    const rule = readRule(entry, `rules[${index}]`, report);
    return rule !== undefined && problems.length === before ? [rule] : [];
  });
  return { rules, problems };
}

const ruleLimit = 1000;
const valueLimit = 4096;
const knownKeys = new Set(["field", "operator", "value", "host", "reason", "expires"]);
/** A part shorter than this is in nearly every path and command line. */
const shortestPart = 4;

type Report = (path: string, message: string) => void;

function readRule(entry: unknown, path: string, report: Report): AllowRule | undefined {
  if (!isRecord(entry)) {
    report(path, "A rule is a mapping with field, operator, value and reason.");
    return undefined;
  }
  for (const key of Object.keys(entry)) if (!knownKeys.has(key)) report(`${path}.${key}`, "This key is not known.");
  const field = readOne<AllowField>(entry["field"], allowFields, `${path}.field`, report);
  const operator = readOne<AllowOperator>(entry["operator"], allowOperators, `${path}.operator`, report);
  const value = readText(entry["value"], `${path}.value`, report);
  const reason = readText(entry["reason"], `${path}.reason`, report);
  const host = entry["host"] === undefined ? undefined : readText(entry["host"], `${path}.host`, report);
  const expires = entry["expires"] === undefined ? undefined : readTime(entry["expires"], `${path}.expires`, report);
  if (field === undefined || operator === undefined || value === undefined || reason === undefined) return undefined;
  checkValue(field, operator, value, path, report);
  return {
    field,
    operator,
    value: isHash(field) ? value.toLowerCase() : value,
    reason,
    ...(host !== undefined && { host }),
    ...(expires !== undefined && { expires }),
  };
}

function checkValue(field: AllowField, operator: AllowOperator, value: string, path: string, report: Report): void {
  if (isHash(field)) {
    if (operator !== "equal") report(`${path}.operator`, "A hash is compared as a whole: use `equal`.");
    if (!/^[0-9a-fA-F]{64}$/.test(value)) report(`${path}.value`, "A hash is a SHA-256 of 64 hexadecimal digits.");
    return;
  }
  if (operator === "contain" && value.replace(/[/\s.*]/g, "").length < shortestPart)
    report(
      `${path}.value`,
      `For \`contain\`, give at least ${shortestPart} characters besides slashes, dots and stars.`,
    );
  if (operator === "equal" && (field === "filePath" || field === "processPath") && !value.startsWith("/"))
    report(`${path}.value`, "A path starts with a slash.");
  if (field === "loginIp" && !/^[0-9a-fA-F:.]+$/.test(value)) report(`${path}.value`, "This is no IP address.");
}

function isHash(field: AllowField): boolean {
  return field === "fileHash" || field === "processHash";
}

function readOne<T extends string>(value: unknown, choices: readonly T[], path: string, report: Report): T | undefined {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) report(path, `This must be one of ${choices.join(", ")}.`);
  return found;
}

function readText(value: unknown, path: string, report: Report): string | undefined {
  if (typeof value !== "string" || value.trim() === "") {
    report(path, value === undefined ? "This is required." : "This must be a text that is not empty.");
    return undefined;
  }
  if (value.length > valueLimit) {
    report(path, `This is longer than ${valueLimit} characters.`);
    return undefined;
  }
  return value;
}

/** A date (`2027-01-31`) ends with that day in UTC; a time with its zone ends there. */
function readTime(value: unknown, path: string, report: Report): number | undefined {
  // YAML readers may hand out a date for what looks like one.
  const text = value instanceof Date ? value.toISOString() : value;
  if (
    typeof text === "string" &&
    /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)
  ) {
    const time = Date.parse(text);
    if (!Number.isNaN(time)) return text.length === 10 ? time + 86_400_000 : time;
  }
  report(path, "This must be a date such as 2027-01-31, or a time with its zone such as 2027-01-31T12:00:00Z.");
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
