import { evilScenarios } from "./evilScenarios.ts";
import { innocentScenarios } from "./innocentScenarios.ts";
import type { Scenario } from "./scenario.ts";

/** Every story that a lab host can be told; `Stage.open(host)` is what their `start` takes. */
export const scenarios: readonly Scenario[] = [...evilScenarios, ...innocentScenarios];
