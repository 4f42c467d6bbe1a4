import { showText } from "#core/text/showBytes";
import type { OpsError } from "#core/opsError";
import type { Session } from "#remote/session";
import { elevationProblems } from "#remote/sudo/elevate";

/** One condition for working on a host, and how to mend it. */
export interface Prerequisite {
  readonly name: string;
  readonly state: "ok" | "limited" | "failed" | "unknown";
  readonly detail: string;
  /** What to do about it; empty when nothing needs doing. */
  readonly mend: string;
}

const oldestKernel = [3, 10] as const;
const wantedKiB = 200 * 1024;

/** What a finished connection proved. */
export function prerequisitesOf(session: Session): readonly Prerequisite[] {
  const { probe } = session;
  return [
    ok("Reachable", "The host answers."),
    ok("Host key", "Verified before anything was sent."),
    architecture(probe.machine),
    kernel(probe.kernel),
    ok("C library", probe.libc === "none" ? "None in the usual places; the runtime pack brings its own." : probe.libc),
    root(session),
    space(probe.freeKiB, probe.freeMemoryKiB),
    state(session),
    session.runtime === "host"
      ? ok("Runtime", `Node ${probe.node?.version ?? ""} of the host`)
      : ok("Runtime", "Brought along, with its own C library"),
  ];
}

/** What a connection that failed says about the same conditions. */
export function prerequisitesOfFailure(error: OpsError): readonly Prerequisite[] {
  const failed = (name: string): Prerequisite => ({
    name,
    state: "failed",
    detail: error.message,
    mend: error.nextStep,
  });
  const unknown = (name: string): Prerequisite => ({ name, state: "unknown", detail: "Not reached.", mend: "" });
  switch (error.kind) {
    case "hostUnreachable":
    case "connectionLost":
      return [failed("Reachable"), unknown("Host key"), unknown("Login"), unknown("Root")];
    case "hostKeyUnknown":
    case "hostKeyMismatch":
    case "hostKeyRevoked":
    case "hostKeyCaOnly":
    case "hostKeyUnreadable":
      return [ok("Reachable", "The host answers."), failed("Host key"), unknown("Login"), unknown("Root")];
    case "authFailed":
      return [ok("Reachable", "The host answers."), ok("Host key", "Verified."), failed("Login"), unknown("Root")];
    case "privilegeFailed":
      return [
        ok("Reachable", "The host answers."),
        ok("Host key", "Verified."),
        ok("Login", "Accepted."),
        failed("Root"),
      ];
    case "helperMissing":
      return [
        ok("Reachable", "The host answers."),
        ok("Host key", "Verified."),
        ok("Login", "Accepted."),
        failed("Runtime"),
      ];
    case "noSpace":
      return [
        ok("Reachable", "The host answers."),
        ok("Host key", "Verified."),
        ok("Login", "Accepted."),
        failed("Free space"),
      ];
    case "stagingFailed":
    case "protocolMismatch":
    case "protocolViolation":
    case "timedOut":
      return [failed("Helper")];
    default:
      return [];
  }
}

function architecture(machine: string): Prerequisite {
  return /^(x86_64|amd64|aarch64|arm64)$/.test(machine)
    ? ok("Architecture", machine)
    : {
        name: "Architecture",
        state: "limited",
        detail: `${showText(machine, 40)}: no runtime pack is made for it.`,
        mend: "Install Node 20 or newer on the host.",
      };
}

function kernel(release: string): Prerequisite {
  const [major = 0, minor = 0] = release.split(".").map(Number);
  const isOld = major < oldestKernel[0] || (major === oldestKernel[0] && minor < oldestKernel[1]);
  return isOld
    ? {
        name: "Kernel",
        state: "limited",
        detail: `${showText(release, 60)} is older than 3.10: some facts are missing.`,
        mend: "Expect checks that could not look.",
      }
    : ok("Kernel", showText(release, 60));
}

function root(session: Session): Prerequisite {
  if (session.isRoot) return ok("Root", `The helper runs as root (login ${showText(session.probe.user, 60)}).`);
  const { elevation } = session.probe;
  const problem = elevation.kind === "none" ? elevationProblems[elevation.reason] : elevationProblems.unclear;
  return {
    name: "Root",
    state: "limited",
    detail: `Without root: ${problem.what}. Other accounts' processes are seen in part, and nothing of theirs can be stopped.`,
    mend: problem.mend,
  };
}

function space(freeKiB: number, freeMemoryKiB: number): Prerequisite {
  if (freeKiB >= wantedKiB) return ok("Free space", `${Math.round(freeKiB / 1024)} MiB in /var/lib`);
  return {
    name: "Free space",
    state: "limited",
    detail: `${Math.round(freeKiB / 1024)} MiB in /var/lib, ${Math.round(freeMemoryKiB / 1024)} MiB in /run: isolating may fail for lack of space.`,
    mend: "Free some space, or choose another state folder in the settings.",
  };
}

function state(session: Session): Prerequisite {
  const problem = session.handshake.stateProblem;
  return problem === undefined
    ? ok("State folder", "Readable and writable by the helper alone.")
    : {
        name: "State folder",
        state: "failed",
        detail: showText(problem, 500),
        mend: "Nothing can be isolated until this is mended; looking still works.",
      };
}

function ok(name: string, detail: string): Prerequisite {
  return { name, state: "ok", detail, mend: "" };
}
