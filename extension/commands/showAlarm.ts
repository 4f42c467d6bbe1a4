import { describeAlarm } from "../documents/describeAlarm.ts";
import { hostWords } from "../dialogs/confirm.ts";
import { pickAlarms } from "../dialogs/pick.ts";
import type { Services } from "../services.ts";
import type { ViewNode } from "./node.ts";

export async function showAlarm(services: Services, nodes: readonly ViewNode[]): Promise<void> {
  const [choice] = await pickAlarms(services.workbench, nodes, "Show Alarm");
  if (!choice) return;
  await services.documents.show(`Alarm ${choice.alarm.id}`, describeAlarm(choice.alarm, hostWords(choice.state.entry)));
}
