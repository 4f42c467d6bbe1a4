import { OpsError } from "#core/opsError";
import { showBytes } from "#core/text/showBytes";
import type { ExecChannel } from "../shell/shell.ts";
import type { LaunchRequest } from "./launchScript.ts";

interface PreambleEvents {
  /** sudo may take as long as the operator needs to type. */
  readonly isWaiting: boolean;
  readonly refused?: Promise<never>;
  readonly onFirstLine?: () => void;
  readonly onUpload: () => void;
  readonly onStart: () => void;
  readonly signal?: AbortSignal;
}

/** Noise of login scripts that is read past before the launcher speaks. */
const noiseLimitBytes = 16 * 2 ** 20;
const silenceMs = 30_000;

/**
 * Follows the launcher's lines until the helper says `ready`, sends what it asks for,
 * and leaves the stream exactly after that line.
 * @returns how many bytes were sent
 */
export function readPreamble(channel: ExecChannel, request: LaunchRequest, events: PreambleEvents): Promise<number> {
  return new Promise((resolve, reject) => {
    const marker = Buffer.from(`${request.nonce} `);
    let pending = Buffer.alloc(0);
    let noiseBytes = 0;
    let uploadedBytes = 0;
    let tail = "";
    let timer: NodeJS.Timeout | undefined;

    const settle = (act: () => void): void => {
      clearTimeout(timer);
      channel.stdout.off("data", onData);
      channel.stdout.off("end", onEnd);
      channel.stdout.off("close", onEnd);
      channel.stderr.off("data", onError);
      events.signal?.removeEventListener("abort", onAbort);
      act();
    };
    const fail = (error: unknown): void => settle(() => reject(error));
    const arm = (milliseconds: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => fail(silent(tail)), milliseconds);
    };
    const onAbort = (): void => fail(new OpsError("cancelled", "Cancelled."));
    const onError = (chunk: Buffer): void => {
      tail = (tail + chunk.toString("latin1")).slice(-2000);
    };
    const onEnd = (): void => {
      void channel.exited.then(({ code }) => fail(ended(code, tail)));
    };
    const send = (bytes: Buffer): void => {
      events.onUpload();
      uploadedBytes += bytes.length;
      // A slow line must not be mistaken for silence: the clock starts when the last byte has left.
      clearTimeout(timer);
      channel.stdin.write(bytes, () => arm(silenceMs));
    };
    const onLine = (line: string): boolean => {
      events.onFirstLine?.();
      arm(silenceMs);
      const [word, ...rest] = line.split(" ");
      if (word === "send" && rest[0] === "helper") send(request.helper.bytes);
      else if (word === "send" && rest[0] === "runtime" && request.runtime.kind === "pack")
        send(request.runtime.pack.bytes);
      else if (word === "start") events.onStart();
      else if (word === "fail") fail(stagingFailure(rest[0] ?? "", showBytes(rest.slice(1).join(" "), 200)));
      else if (word === "ready") return true;
      return false;
    };
    const onData = (chunk: Buffer): void => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const at = pending.indexOf(10);
        if (at < 0) break;
        const line = pending.subarray(0, at);
        pending = pending.subarray(at + 1);
        if (!line.subarray(0, marker.length).equals(marker)) {
          noiseBytes += line.length + 1;
          continue;
        }
        if (onLine(line.subarray(marker.length).toString("latin1"))) {
          channel.stdout.pause();
          settle(() => {
            if (pending.length > 0) channel.stdout.unshift(pending);
            resolve(uploadedBytes);
          });
          return;
        }
      }
      if (noiseBytes + pending.length > noiseLimitBytes) fail(noisy());
    };
    channel.stdout.on("data", onData);
    channel.stdout.once("end", onEnd);
    channel.stdout.once("close", onEnd);
    channel.stderr.on("data", onError);
    events.signal?.addEventListener("abort", onAbort, { once: true });
    events.refused?.catch(fail);
    arm(events.isWaiting ? 300_000 : silenceMs);
  });
}

function stagingFailure(why: string, where: string): OpsError {
  switch (why) {
    case "foreign":
      return new OpsError(
        "stagingFailed",
        `${where} on the host exists and does not belong to the helper's account alone (owner, mode 0700, no link). It was not used, and nothing was changed.`,
        {
          nextStep: "Look at who made it: an attacker may be waiting there. Move it away, then connect again.",
        },
      );
    case "node":
      return new OpsError(
        "stagingFailed",
        `The Node of the host is not safe to run as root: somebody else than root can write ${where}. Nothing was changed.`,
        {
          nextStep: "Correct its owner and mode, or remove it so that the runtime pack is used.",
        },
      );
    case "noexec":
      return new OpsError(
        "stagingFailed",
        `The runtime can't be run from ${where}: the file system is mounted noexec, or the kernel refused it. Nothing is left behind.`,
        {
          nextStep: "Choose another state folder in the settings, or install Node 20 on the host.",
        },
      );
    default:
      return new OpsError(
        "noSpace",
        `The helper could not be stored in ${where}: the disk is full, read-only or over quota. Nothing is left behind.`,
        {
          nextStep: "Free some space (about 1 MB, or 130 MB for a host without Node), or choose another state folder.",
        },
      );
  }
}

function silent(tail: string): OpsError {
  return new OpsError("timedOut", `The host did not start the helper in time. ${said(tail)}`.trim(), {
    nextStep: "Look at the start-up files of the account, and at the load of the host.",
  });
}

function ended(code: number | undefined, tail: string): OpsError {
  if (/not in the sudoers|may not run sudo|not allowed/i.test(tail)) {
    return new OpsError("privilegeFailed", `The account may not become root. ${said(tail)} Nothing was changed.`, {
      nextStep: "Allow the account in sudoers, connect as root, or connect without root.",
    });
  }
  return new OpsError("stagingFailed", `The helper did not start (exit code ${code ?? "none"}). ${said(tail)}`.trim(), {
    nextStep: "The log has the details. Nothing runs on the host.",
  });
}

function noisy(): OpsError {
  return new OpsError(
    "protocolViolation",
    "The login shell printed more than 16 MB before the helper could speak; the session was ended.",
    {
      nextStep: "Look at the start-up files of the account.",
    },
  );
}

function said(tail: string): string {
  const text = showBytes(tail.trim(), 300);
  return text === "" ? "" : `It said: ${text}`;
}
