/** Whether a step may touch something. */
export type Verdict =
  | { readonly kind: "allowed" }
  /** Nothing can lift this: no setting, rule, plan or operator. */
  | { readonly kind: "never"; readonly reason: string }
  /** Refused unless the plan carries the named override, which a person typed. */
  | { readonly kind: "needsOverride"; readonly override: Override; readonly reason: string };

export type Override = "packageOwned" | "importantService";

export const allowed: Verdict = { kind: "allowed" };

/** Why it may not be touched with these overrides; undefined when it may. */
export function refusalOf(verdict: Verdict, override: Override | undefined): string | undefined {
  switch (verdict.kind) {
    case "allowed":
      return undefined;
    case "never":
      return verdict.reason;
    case "needsOverride":
      return verdict.override === override ? undefined : verdict.reason;
  }
}
