import { canonicalJson } from "./canonicalJson.ts";
import type { Plan } from "./plan.ts";

/** SHA-256 of text encoded as UTF-8, as 64 hex digits; handed in because core computes no digests. */
export type Sha256 = (text: string) => string;

/** Adds the digest that ties what was shown to what will be applied. */
export function sealPlan(plan: Omit<Plan, "digest">, sha256: Sha256): Plan {
  return { ...plan, digest: sha256(canonicalJson(plan)) };
}

/** True when nothing in the plan changed since it was sealed. It does not prove who made the plan. */
export function isSealIntact(plan: Plan, sha256: Sha256): boolean {
  const { digest, ...rest } = plan;
  return sha256(canonicalJson(rest)) === digest;
}
