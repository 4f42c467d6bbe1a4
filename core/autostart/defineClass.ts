import type { AutostartClass } from "./autostartClass.ts";

/** Checks a class against its type at the place where it is written. */
export function defineClass(autostartClass: AutostartClass): AutostartClass {
  return autostartClass;
}
