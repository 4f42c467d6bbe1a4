import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { readAllowlist } from "#core/alarms/allowlist";
import { activeRules, type AllowRule } from "#core/alarms/allowlistMatch";
import { diffAutostart } from "#core/autostart/diff";
import type { AutostartDocument } from "#core/autostart/autostartDocument";
import { OpsError } from "#core/opsError";
import type { Plan, PlanResult } from "#core/plans/plan";
import { showText } from "#core/text/showBytes";
import { methods, type ResponseTarget } from "#protocol/methods";
import { autostartDocumentSchema, planSchema } from "#protocol/schemas";
import type { OpenedHost } from "#remote/openHost";
import type { Session } from "#remote/session";
import { lookAgain } from "#remote/verify/aliveProcesses";
import type { Options } from "./arguments.ts";
import { offlineInventory } from "./offlineInventory.ts";
import { autostartText, isolatedText, journalText, planText, resultText, triageText } from "./print.ts";

export interface Invocation {
  readonly words: readonly string[];
  readonly options: Options;
  readonly signal: AbortSignal;
  readonly open: () => Promise<OpenedHost>;
}

export interface CommandOutcome {
  readonly document: unknown;
  readonly text: string;
  readonly exitCode: number;
}

type Command = (invocation: Invocation) => Promise<CommandOutcome>;

const findings = 1;
const partial = 3;

export const commands: Readonly<Record<string, Command>> = {
  triage: (invocation) =>
    withSession(invocation, async ({ client }, { options, signal }) => {
      const document = await client.request(
        methods.triage,
        { mode: options.mode, allowRules: [...allowRules(options)] },
        { signal },
      );
      const open = document.alarms.filter(({ state }) => state === "toBeHandled").length;
      const exitCode = open > 0 ? findings : document.notRun.length > 0 ? partial : 0;
      return { document, text: triageText(document), exitCode };
    }),

  contain: (invocation) =>
    respond(invocation, (session, targets) =>
      session.client.request(methods.planContain, { targets }, { signal: invocation.signal }),
    ),

  isolate: (invocation) =>
    respond(invocation, (session, targets) => {
      const { watchSeconds } = invocation.options;
      return session.client.request(
        methods.planIsolate,
        { targets, ...(watchSeconds === undefined ? {} : { watchSeconds }) },
        { signal: invocation.signal },
      );
    }),

  isolated: (invocation) => {
    const [action, id] = invocation.words;
    if (action === "list") {
      return withSession(invocation, async ({ client }) => {
        const { files, problems = [] } = await client.request(methods.listIsolated, {});
        for (const problem of problems) process.stderr.write(`countermine: ${showText(problem, 2000)}\n`);
        return { document: { schema: "countermine/isolated@1", files }, text: isolatedText(files), exitCode: 0 };
      });
    }
    if ((action !== "restore" && action !== "delete") || id === undefined)
      throw usage("isolated list | restore ID | delete ID");
    const { to } = invocation.options;
    return withSession(invocation, async (session) => {
      const plan =
        action === "restore"
          ? await session.client.request(methods.planRestore, { ids: [id], ...(to === undefined ? {} : { to }) })
          : await session.client.request(methods.planDelete, { ids: [id] });
      return applyOrShow(invocation, session, plan);
    });
  },

  apply: (invocation) => {
    const [path] = invocation.words;
    if (path === undefined) throw usage("apply PLAN_FILE --yes");
    const plan = readPlan(path);
    return withSession(invocation, (session) => applyOrShow(invocation, session, plan));
  },

  undo: (invocation) => {
    const [plan] = invocation.words;
    if (plan === undefined) throw usage("undo PLAN_ID --yes");
    if (!invocation.options.isAgreed) throw disagree("undo");
    return withSession(invocation, async ({ client }) => {
      const result = await client.request(methods.undo, { plan });
      return { document: result, text: resultText(result), exitCode: isWhole(result) ? 0 : findings };
    });
  },

  recover: (invocation) =>
    withSession(invocation, async ({ client }) => {
      const { entries } = await client.request(methods.recover, { apply: invocation.options.isAgreed });
      const text = entries.length === 0 ? "Nothing was cut off." : journalText(entries);
      return {
        document: { schema: "countermine/journal@1", entries },
        text,
        exitCode: entries.length > 0 && !invocation.options.isAgreed ? findings : 0,
      };
    }),

  journal: (invocation) =>
    withSession(invocation, async ({ client }) => {
      const { entries, problems = [] } = await client.request(methods.journal, {});
      for (const problem of problems) process.stderr.write(`countermine: ${showText(problem, 2000)}\n`);
      return { document: { schema: "countermine/journal@1", entries }, text: journalText(entries), exitCode: 0 };
    }),

  autostart: async (invocation) => {
    const [action] = invocation.words;
    const { options } = invocation;
    if (options.root !== undefined) {
      if (action !== "list" && action !== "diff") throw usage("autostart list|diff --root DIR");
      const document = await offlineInventory(options.root, invocation.signal);
      return autostartOutcome(action === "diff" ? against(document, readBaseline(options)) : document);
    }
    const [method] =
      {
        list: [methods.listAutostart],
        snapshot: [methods.snapshotAutostart],
        diff: [options.baseline === undefined ? methods.diffAutostart : methods.listAutostart],
        history: [methods.autostartHistory],
      }[action ?? ""] ?? [];
    if (!method) throw usage("autostart list|snapshot|diff|history");
    return withSession(invocation, async ({ client }, { signal }) => {
      const document = await client.request(method, {}, { signal });
      return autostartOutcome(
        action === "diff" && options.baseline !== undefined ? against(document, readBaseline(options)) : document,
      );
    });
  },
};

async function withSession(
  invocation: Invocation,
  work: (session: Session, invocation: Invocation) => Promise<CommandOutcome>,
): Promise<CommandOutcome> {
  const opened = await invocation.open();
  try {
    return await work(opened.session, invocation);
  } finally {
    await opened.close();
  }
}

function respond(
  invocation: Invocation,
  prepare: (session: Session, targets: ResponseTarget[]) => Promise<Plan>,
): Promise<CommandOutcome> {
  const { alarms, pids, files } = invocation.options;
  const targets: ResponseTarget[] = [
    ...alarms.map((id) => ({ kind: "alarm" as const, id })),
    ...pids.map((pid) => ({ kind: "pid" as const, pid })),
    ...files.map((path) => ({ kind: "file" as const, path })),
  ];
  if (targets.length === 0) throw usage("--alarm ID, --pid PID or --file PATH");
  if (!invocation.options.isDryRun && !invocation.options.isAgreed) throw disagree("this");
  return withSession(invocation, async (session) => applyOrShow(invocation, session, await prepare(session, targets)));
}

async function applyOrShow(invocation: Invocation, session: Session, plan: Plan): Promise<CommandOutcome> {
  const { isDryRun, isAgreed } = invocation.options;
  if (isDryRun) return { document: plan, text: planText(plan), exitCode: plan.steps.length > 0 ? 0 : findings };
  if (!isAgreed) throw disagree("this");
  const result = await session.client.request(methods.applyPlan, { plan }, { signal: invocation.signal });
  const done = new Set(result.steps.filter(({ state }) => state === "done").map(({ id }) => id));
  const killed = plan.steps.flatMap((step) => (step.kind === "kill" && done.has(step.id) ? [step.target] : []));
  const second = await lookAgain(session.shell, killed);
  if (second.stillAlive.length > 0 || !second.hasLooked) {
    process.stderr.write(
      second.hasLooked
        ? `Past the helper, ${second.stillAlive.map(({ pid }) => `pid ${pid}`).join(", ")} is still there: do not believe the result.\n`
        : "Past the helper, the host gave no answer: the kill was not confirmed.\n",
    );
  }
  const isGood = isWhole(result) && result.respawned.length === 0 && second.stillAlive.length === 0 && second.hasLooked;
  return { document: result, text: resultText(result), exitCode: isGood ? 0 : findings };
}

function isWhole(result: PlanResult): boolean {
  return result.steps.every(({ state }) => state === "done" || state === "skipped") && result.refused.length === 0;
}

function allowRules(options: Options): readonly AllowRule[] {
  if (options.allowlist === undefined) return [];
  const document = parseDocument(readText(options.allowlist));
  const [error] = document.errors;
  if (error)
    throw new OpsError("badInput", `${options.allowlist}: ${error.message} Nothing was done.`, {
      nextStep: "Mend the file.",
    });
  const { rules, problems } = readAllowlist(document.toJS({ maxAliasCount: 0 }));
  const [problem] = problems;
  if (problem)
    throw new OpsError("badInput", `${options.allowlist}, ${problem.path}: ${problem.message} Nothing was done.`, {
      nextStep: "Mend the rule, or take it out.",
    });
  return activeRules(rules, Date.now());
}

function readPlan(path: string): Plan {
  const parsed = planSchema.safeParse(parseJson(path));
  if (parsed.success) return parsed.data;
  throw new OpsError("badInput", `${path} is not a plan (countermine/plan@1). Nothing was done.`, {
    nextStep: "Make one with --dry-run --format json.",
  });
}

function readBaseline(options: Options): AutostartDocument {
  if (options.baseline === undefined) throw usage("autostart diff --root DIR --baseline FILE");
  const parsed = autostartDocumentSchema.safeParse(parseJson(options.baseline));
  if (parsed.success) return parsed.data;
  throw new OpsError(
    "badInput",
    `${options.baseline} is not an autostart document (countermine/autostart@1). Nothing was done.`,
    {
      nextStep: "Make one with `autostart list --format json`.",
    },
  );
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readText(path));
  } catch (cause) {
    if (OpsError.is(cause)) throw cause;
    throw new OpsError("badInput", `${path} is not JSON. Nothing was done.`, { nextStep: "Look at the file.", cause });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new OpsError(
      "badInput",
      `${path} can't be read: ${cause instanceof Error ? cause.message : String(cause)}. Nothing was done.`,
      {
        nextStep: "Check the path.",
        cause,
      },
    );
  }
}

function against(document: AutostartDocument, baseline: AutostartDocument): AutostartDocument {
  const diff = diffAutostart(baseline, document, Date.now());
  return { ...document, changes: diff.changes, notRun: [...document.notRun, ...diff.notRun] };
}

function autostartOutcome(document: AutostartDocument): CommandOutcome {
  const hasChanges = (document.changes?.length ?? 0) > 0;
  const exitCode = hasChanges ? findings : document.notRun.length > 0 ? partial : 0;
  return { document, text: autostartText(document), exitCode };
}

function usage(words: string): OpsError {
  return new OpsError("badInput", `Usage: countermine ${words}. Nothing was done.`, {
    nextStep: "Run `countermine --help`.",
  });
}

function disagree(what: string): OpsError {
  return new OpsError("badInput", `Say --dry-run to see the plan, or --yes to do ${what}. Nothing was done.`, {
    nextStep: "The plan is worth reading first.",
  });
}
