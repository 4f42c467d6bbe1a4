import { evilScenarios } from "./evilScenarios.ts";
import { innocentScenarios } from "./innocentScenarios.ts";

/** Every story that a lab host can be told; `Stage.open(host)` is what their `start` takes. */
export const scenarios = [...evilScenarios, ...innocentScenarios] as const;

export type ScenarioId = (typeof scenarios)[number]["id"];
