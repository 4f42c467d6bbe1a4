import { OpsError } from "#core/opsError";
import { showText } from "#core/text/showBytes";

/** A failure to reach an address, in words. */
export function unreachable(where: string, error: unknown): OpsError {
  const code = errorCode(error);
  const [reason, words] = reachFailures.get(code) ?? [
    "unreachable",
    `could not be reached (${code || "no reason given"})`,
  ];
  return new OpsError("hostUnreachable", `${where} ${words}. Nothing was sent to it.`, {
    nextStep: "Check the name, the port, the network and any VPN.",
    data: { reason },
    cause: error,
  });
}

const reachFailures: ReadonlyMap<string, readonly [reason: string, words: string]> = new Map([
  ["ECONNREFUSED", ["refused", "refused the connection: no SSH server listens there"]],
  ["ENOTFOUND", ["nameNotFound", "has a name that cannot be found"]],
  ["EAI_AGAIN", ["nameNotFound", "has a name that cannot be looked up now"]],
  ["ETIMEDOUT", ["noAnswer", "did not answer"]],
  ["EHOSTUNREACH", ["noRoute", "cannot be reached from here"]],
  ["ENETUNREACH", ["noRoute", "cannot be reached: there is no network to it"]],
  ["EINVAL", ["noRoute", "cannot be reached with this address"]],
  ["ECONNRESET", ["reset", "cut the connection at once"]],
]);

/** No answer within the limit. */
export function noAnswer(where: string, seconds: number, stage: string): OpsError {
  return new OpsError("timedOut", `${where} did not answer within ${seconds} s ${stage}. The connection was closed.`, {
    nextStep: "Try again; if it stays so, look at the host's load, its sshd and the network between.",
    data: { reason: "noAnswer" },
  });
}

/** Something answers, and it is not an SSH server. */
export function notSsh(where: string, said: string): OpsError {
  const words = showText(said.trim(), 80);
  return new OpsError(
    "protocolViolation",
    `What answers at ${where} is not an SSH server${words === "" ? "" : `; it said "${words}"`}. The connection was closed.`,
    { nextStep: "Check the port.", data: { reason: "notSsh" } },
  );
}

/** The connection ended before login was complete. */
export function endedEarly(where: string, stage: string): OpsError {
  return new OpsError("connectionLost", `${where} closed the connection ${stage}.`, {
    nextStep: "Try again; the server may limit new connections (MaxStartups) or refuse this address.",
  });
}

/** What ssh2 reports while a connection is being made. */
export function handshakeFailure(where: string, error: Error): OpsError {
  const { message } = error;
  const missing = /^Handshake failed: no matching (.{1,60})$/.exec(message)?.[1];
  if (missing !== undefined)
    return new OpsError(
      "protocolMismatch",
      `${where} and Countermine have no ${showText(missing, 60)} in common: it offers only ones that are no longer safe, or newer ones.`,
      {
        nextStep: "Update the host's SSH server, or allow old algorithms for this host.",
        data: { reason: "algorithms" },
        cause: error,
      },
    );
  if (/too many authentication failures/i.test(message))
    return new OpsError("authFailed", `${where} ended the login after too many failed attempts.`, {
      nextStep: "Name the right key with IdentityFile and IdentitiesOnly in the ssh configuration.",
      data: { reason: "tooManyAttempts" },
      cause: error,
    });
  if (errorLevel(error) === "client-socket" && ["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(errorCode(error)))
    return new OpsError("connectionLost", `The connection to ${where} was cut (${errorCode(error)}).`, {
      cause: error,
    });
  if (errorLevel(error) === "client-socket") return unreachable(where, error);
  return new OpsError("protocolViolation", `The SSH handshake with ${where} failed: ${showText(message, 200)}`, {
    nextStep: "Try again; if it stays so, compare with the output of ssh -v.",
    cause: error,
  });
}

/** What ended a connection that was in use. */
export function connectionLost(where: string, error: Error | undefined): OpsError {
  const isSilent = error !== undefined && errorLevel(error) === "client-timeout";
  const said = error === undefined || isSilent ? "" : ` (${showText(errorCode(error) || error.message, 120)})`;
  return new OpsError(
    "connectionLost",
    isSilent
      ? `${where} stopped answering; the connection was closed. What runs there is not known.`
      : `The connection to ${where} ended${said}. What runs there is not known.`,
    { nextStep: "Reconnect.", data: { reason: isSilent ? "noAnswer" : "closed" }, cause: error },
  );
}

function errorCode(error: unknown): string {
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  if (!(error instanceof Error) || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

function errorLevel(error: Error): string {
  return "level" in error && typeof error.level === "string" ? error.level : "";
}
