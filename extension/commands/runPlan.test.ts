import assert from "node:assert/strict";
import Module from "node:module";
import { hostileAlarm, hostilePlan, hostileResult } from "#test/workbench/hostileHost";
import { fakeSession } from "#test/workbench/fakeOpener";
import type { Services } from "../services.ts";
import { ActMode } from "../state/actMode.ts";
import { Workbench } from "../state/workbench.ts";
import type * as RunPlan from "./runPlan.ts";

const plan = { ...hostilePlan("plain"), id: "p-123", steps: hostilePlan("plain").steps.slice(0, 3), irreversible: [] };

interface Titled {
  readonly title: string;
}

/** An editor whose operator answers with these buttons, and whose commands are written down. */
function stubEditor(onModal: (buttons: readonly string[]) => string | undefined, toast: string | undefined) {
  const commands: (readonly unknown[])[] = [];
  const message = (_text: string, ...rest: readonly unknown[]): Promise<unknown> => {
    const [first, ...items] = rest;
    if (typeof first !== "object") return Promise.resolve(rest.find((button) => button === toast));
    const titled = items.filter((item): item is Titled => typeof item === "object" && item !== null && "title" in item);
    const chosen = onModal(titled.map(({ title }) => title));
    return Promise.resolve(titled.find(({ title }) => title === chosen));
  };
  return {
    commands,
    api: {
      ProgressLocation: { Notification: 15 },
      window: {
        withProgress: (_options: unknown, task: (progress: unknown, token: unknown) => unknown) =>
          task({ report: () => undefined }, { onCancellationRequested: () => ({ dispose: () => undefined }) }),
        showWarningMessage: message,
        showInformationMessage: message,
        showErrorMessage: message,
        showInputBox: () => Promise.resolve(undefined),
      },
      commands: {
        executeCommand: (...call: readonly unknown[]) => {
          commands.push(call);
          return Promise.resolve(undefined);
        },
      },
    },
  };
}

type Load = (request: string, ...rest: readonly unknown[]) => unknown;

/** Loads the command afresh with this editor in the place of the real one. */
function withEditor(api: unknown): typeof RunPlan {
  const loader = Module as unknown as { _load: Load };
  const original = loader._load;
  loader._load = function load(this: unknown, request, ...rest) {
    return request === "vscode" ? api : original.call(this, request, ...rest);
  };
  try {
    for (const path of Object.keys(require.cache)) if (path.includes("/extension/")) delete require.cache[path];
    return require("./runPlan.ts") as typeof RunPlan;
  } finally {
    loader._load = original;
  }
}

function setUp(onModal: (mode: ActMode, buttons: readonly string[]) => string | undefined, toast?: string) {
  const workbench = new Workbench();
  workbench.setHosts([{ address: "web-1" }]);
  const actMode = new ActMode(true);
  const asked: { readonly name: string; readonly params: unknown }[] = [];
  const answers: Readonly<Record<string, unknown>> = {
    "plan/apply": hostileResult(plan, "done"),
    "isolated/list": { files: [] },
    "alarms/list": { alarms: [hostileAlarm("plain")] },
    overview: {},
  };
  const session = {
    ...fakeSession(),
    client: {
      request: ({ name }: { name: string }, params: unknown) => {
        asked.push({ name, params });
        return Promise.resolve(answers[name]);
      },
    },
  };
  const editor = stubEditor((buttons) => onModal(actMode, buttons), toast);
  const services = {
    workbench,
    actMode,
    connections: { connect: () => Promise.resolve(session) },
    documents: { show: () => Promise.resolve() },
    log: { warn: () => undefined },
  } as unknown as Services;
  const run = async (): Promise<void> => {
    const { runPlan } = withEditor(editor.api);
    const state = workbench.host("web-1") ?? assert.fail();
    await runPlan(services, state, {
      action: "Contain",
      button: "Contain",
      prepare: () => Promise.resolve(plan),
    });
  };
  const applied = () => asked.filter(({ name }) => name === "plan/apply");
  return { run, applied, commands: editor.commands };
}

describe("a plan", () => {
  it("is applied exactly as it was shown, after the operator agreed", async () => {
    const { run, applied } = setUp((_mode, buttons) => buttons.find((button) => button === "Contain"));
    await run();
    assert.deepEqual(applied(), [{ name: "plan/apply", params: { plan } }]);
  });

  it("is not applied when the dialog is left in any other way, the button that Enter presses among them", async () => {
    const ways: readonly ((buttons: readonly string[]) => string | undefined)[] = [
      () => undefined,
      ([first]) => first,
      (buttons) => buttons.at(-1),
    ];
    for (const leave of ways) {
      const { run, applied } = setUp((_mode, buttons) => leave(buttons));
      await run();
      assert.deepEqual(applied(), []);
    }
  });

  it("is not applied when act mode ended while the question was open", async () => {
    const { run, applied } = setUp((mode) => {
      mode.observe();
      return "Contain";
    });
    await assert.rejects(run, (error: Error) => error.message.includes("Act mode has ended"));
    assert.deepEqual(applied(), []);
  });

  it("offers to undo just this plan on just this host", async () => {
    const { run, commands } = setUp((_mode, buttons) => buttons.find((button) => button === "Contain"), "Undo");
    await run();
    assert.deepEqual(commands, [["countermine.undo", { kind: "plan", address: "web-1", id: "p-123" }]]);
  });
});
