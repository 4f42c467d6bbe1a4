import type { EvidenceStep, KillStep, Plan, PlanStep, QuarantineStep, WatchStep } from "../../plans/plan.ts";
import { sealPlan } from "../../plans/sealPlan.ts";
import { freezeStep } from "../contain/plan.ts";
import type { ResolvedFile, ResolvedProcess, ResponseInput } from "../responseInput.ts";
import { refusedProcesses, showProcess, showSome, withoutCovered } from "../responseTargets.ts";

/**
 * Plans to end an incident: everything is frozen before anything else happens, so that
 * nothing respawns; evidence is kept while the processes still exist; files are taken
 * away before the kill, so that nothing can be started again from them.
 */
export function planIsolate(input: ResponseInput, options: { readonly watchSeconds: number }): Plan {
  const { frame } = input;
  const { sha256, ...head } = frame;
  const processes = withoutCovered(input.processes.filter((process) => process.refusal === undefined));
  const files = withoutDoubles(input.files.filter((file) => file.refusal === undefined));
  const targeted = new Set(processes.flatMap(({ target, tree }) => [target.pid, ...tree.map(({ pid }) => pid)]));
  const ids = stepIds();
  const steps: PlanStep[] = [
    ...processes.map((process) => freezeStep(process, ids())),
    ...processes.map((process) => evidenceStep(process, ids())),
    ...files.map((file) => quarantineStep(file, targeted, ids())),
    ...processes.map((process) => killStep(process, ids())),
  ];
  if (processes.length > 0 && options.watchSeconds > 0)
    steps.push(watchStep(processes, files, options.watchSeconds, ids()));
  return sealPlan(
    {
      schema: "countermine/plan@1",
      ...head,
      title: titleOf(processes.length, files.length, frame.host.name),
      steps,
      refused: [
        ...input.refused,
        ...refusedProcesses(input.processes),
        ...input.files.flatMap(({ target, refusal }) =>
          refusal === undefined ? [] : [{ target: target.path, reason: refusal }],
        ),
      ],
      irreversible: [
        ...processes.map(
          ({ target, tree }) =>
            `${showProcess(target)}${tree.length === 0 ? "" : ` and the ${tree.length} others that belong to it`} will be killed. A killed process is not started again by undo, and what it held only in memory is lost, except for the evidence.`,
        ),
        ...files.flatMap(({ target, lossy }) =>
          lossy.map((reason) => `${target.path}: a restored copy will not be identical: ${reason}.`),
        ),
      ],
    },
    sha256,
  );
}

function evidenceStep({ target, isNameless }: ResolvedProcess, id: string): EvidenceStep {
  return {
    id,
    kind: "evidence",
    target,
    precondition: `Process ${target.pid} is frozen and still the planned one.`,
    effect: `A neutralised copy of the executable${isNameless ? " (which has no name on the disk any more)" : ""}, memory map, descriptors, command line, environment with secrets masked, and sockets are kept in the state folder.`,
    undo: "Evidence stays until this host's state is removed.",
    undoable: false,
    risk: "none",
  };
}

function quarantineStep(file: ResolvedFile, targeted: ReadonlySet<number>, id: string): QuarantineStep {
  const { target, override, lossy, missingNames, isInContainer } = file;
  const names = target.otherNames.length;
  const running = file.runningPids.filter((pid) => !targeted.has(pid));
  const effect = [
    `${target.path} is stored neutralised in the state folder and its name is removed.`,
    names === 0
      ? ""
      : ` Its ${names} other ${names === 1 ? "name goes" : "names go"} too: ${showSome(target.otherNames)}.`,
    missingNames === 0
      ? ""
      : ` ${missingNames} further hard links exist that were not found; they lose every permission.`,
    running.length === 0
      ? ""
      : ` Processes that run it go on, because they are not part of this plan: ${showSome(running)}.`,
    isInContainer ? " It lives in a container: starting the image again may bring it back." : "",
  ].join("");
  return {
    id,
    kind: "quarantine",
    target,
    precondition: "The path still leads to the same inode with the same size, time and SHA-256.",
    effect,
    undo:
      lossy.length === 0
        ? "Restore puts it back with the same content, mode, owner, times, ACLs, attributes and flags; it starts nothing."
        : `Restore puts it back, but not identical: ${lossy.join("; ")}.`,
    undoable: true,
    risk: override === undefined ? "low" : "high",
    ...(override === undefined ? {} : { override }),
  };
}

function killStep(process: ResolvedProcess, id: string): KillStep {
  const { target, tree, override } = process;
  return {
    id,
    kind: "kill",
    target,
    includeTree: true,
    precondition: `Process ${target.pid} is frozen, still the planned one, and its evidence is kept.`,
    effect: `${showProcess(target)}${tree.length === 0 ? "" : ` and the ${tree.length} others that belong to it`} are killed (SIGKILL).`,
    undo: "There is none: a killed process is not started again.",
    undoable: false,
    risk: "high",
    ...(override === undefined ? {} : { override }),
  };
}

function watchStep(
  processes: readonly ResolvedProcess[],
  files: readonly ResolvedFile[],
  seconds: number,
  id: string,
): WatchStep {
  const digests = [...processes.flatMap(({ marks }) => marks.sha256), ...files.map(({ target }) => target.sha256)];
  return {
    id,
    kind: "watch",
    seconds,
    target: {
      kind: "respawn",
      sha256: [...new Set(digests)].sort(),
      cmdlines: [...new Set(processes.flatMap(({ marks }) => marks.cmdlines))].sort(),
    },
    precondition: "None.",
    effect: `For ${seconds} seconds, new processes are compared with what was killed; one that comes back is reported with its parent.`,
    undo: "Nothing is changed.",
    undoable: false,
    risk: "none",
  };
}

function withoutDoubles(files: readonly ResolvedFile[]): readonly ResolvedFile[] {
  return files.filter((file, index) => files.findIndex(({ target }) => target.id === file.target.id) === index);
}

function stepIds(): () => string {
  let last = 0;
  return () => {
    last += 1;
    return `s${last}`;
  };
}

function titleOf(processes: number, files: number, host: string): string {
  const parts = [
    ...(processes === 0 ? [] : [`kill ${processes} ${processes === 1 ? "process" : "processes"}`]),
    ...(files === 0 ? [] : [`isolate ${files} ${files === 1 ? "file" : "files"}`]),
  ];
  const words = parts.length === 0 ? "nothing to do" : parts.reverse().join(" and ");
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)} on ${host}`;
}
