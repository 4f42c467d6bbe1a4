import type { AutostartChange, AutostartItem } from "./item.ts";

/** What `countermine autostart` prints. */
export interface AutostartDocument {
  readonly schema: "countermine/autostart@1";
  readonly items: readonly AutostartItem[];
  /** Present for `diff` and `history`. */
  readonly changes?: readonly AutostartChange[];
  /** Classes that could not be read, or only in part. */
  readonly notRun: readonly { readonly class: string; readonly reason: string }[];
}
