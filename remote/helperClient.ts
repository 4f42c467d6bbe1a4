import {
  createMessageConnection,
  type CancellationToken,
  CancellationTokenSource,
  type MessageConnection,
  ProgressType,
} from "vscode-jsonrpc/node";
import { randomUUID } from "node:crypto";
import type * as z from "zod/mini";
import { OpsError, type OpsErrorKind, opsErrorKinds } from "#core/opsError";
import { showText } from "#core/text/showBytes";
import { defaultLimits, heartbeatSeconds } from "#protocol/limits";
import { heartbeat, type Method, methods, outcomeSchema, type Progress, progressSchema } from "#protocol/methods";
import { BoundedMessageReader, type ByteChannel, FrameMessageWriter } from "#protocol/transport";
import { protocolVersion } from "#protocol/version";

export interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Milliseconds; the request fails with `timedOut` after that. Default: 10 minutes. */
  readonly timeoutMs?: number;
}

export type Handshake = z.infer<(typeof methods)["initialize"]["result"]>;

const progressType = new ProgressType<unknown>();

/** How long an aborted request may take to answer before it settles without an answer. */
const cancelGraceMs = 1500;

/**
 * The operator's end of one helper. Everything it returns has passed the method's
 * schema; everything else that the other end says is an error.
 */
export class HelperClient {
  readonly #connection: MessageConnection;
  readonly #channel: ByteChannel;
  readonly #heartbeat: ReturnType<typeof setInterval>;
  readonly #closed: Promise<OpsError | undefined>;
  #settleClosed: (reason: OpsError | undefined) => void = () => undefined;
  #end: OpsError | undefined;
  #isClosed = false;

  constructor(channel: ByteChannel) {
    this.#channel = channel;
    this.#closed = new Promise((resolve) => (this.#settleClosed = resolve));
    const utf8 = utf8Codec();
    const reader = new BoundedMessageReader(channel, utf8, defaultLimits);
    this.#connection = createMessageConnection(reader, new FrameMessageWriter(channel, utf8));
    this.#connection.onError(([error]) => this.#close(OpsError.is(error) ? error : lost(error)));
    this.#connection.onClose(() => this.#close(lost()));
    this.#connection.onUnhandledNotification(() => undefined);
    this.#connection.listen();
    this.#heartbeat = setInterval(() => {
      this.#connection.sendNotification(heartbeat).catch((error: unknown) => this.#close(lost(error)));
    }, heartbeatSeconds * 1000);
    this.#heartbeat.unref();
  }

  /** Settles when the session is over: with the reason, or undefined after close(). */
  get closed(): Promise<OpsError | undefined> {
    return this.#closed;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * First request of a session.
   * @throws OpsError `protocolMismatch` when the helper speaks another version
   */
  async initialize(operator: string, options: RequestOptions = {}): Promise<Handshake> {
    const answer = await this.request(
      methods.initialize,
      { protocol: protocolVersion, operator },
      { timeoutMs: 20_000, ...options },
    );
    if (answer.protocol !== protocolVersion) {
      this.close();
      throw new OpsError(
        "protocolMismatch",
        `The helper on the host speaks version ${answer.protocol} of the protocol, this program version ${protocolVersion}. Nothing was done on the host.`,
        { nextStep: "Remove Countermine from the host, then connect again to bring the matching helper." },
      );
    }
    return answer;
  }

  async request<Params, Result>(
    method: Method<Params, Result>,
    params: Params,
    options: RequestOptions = {},
  ): Promise<Result> {
    if (this.#isClosed) throw this.#end ?? lost();
    options.signal?.throwIfAborted();
    const cancellation = new CancellationTokenSource();
    const token = randomUUID();
    const subscription = this.#connection.onProgress(progressType, token, (value) => {
      const progress = progressSchema.safeParse(value);
      if (progress.success) options.onProgress?.(showProgress(progress.data));
    });
    try {
      const answer = await this.#settle(
        method.name,
        { params, progress: token },
        cancellation.token,
        () => cancellation.cancel(),
        options,
      );
      return this.#unwrap(method, answer);
    } finally {
      subscription.dispose();
      cancellation.dispose();
    }
  }

  /** Ends the session; the helper ends by itself when its input does. */
  close(): void {
    this.#close(undefined);
  }

  async #settle(
    name: string,
    message: unknown,
    cancellation: CancellationToken,
    cancel: () => void,
    { signal, timeoutMs = 600_000 }: RequestOptions,
  ): Promise<unknown> {
    const timers: ReturnType<typeof setTimeout>[] = [];
    let onAbort: (() => void) | undefined;
    const interrupted = new Promise<never>((_resolve, reject) => {
      timers.push(
        setTimeout(() => {
          cancel();
          reject(timedOut(name, timeoutMs));
        }, timeoutMs),
      );
      onAbort = () => {
        cancel();
        timers.push(setTimeout(() => reject(cancelled()), cancelGraceMs));
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
    const ended = this.#closed.then((reason) => {
      throw reason ?? lost();
    });
    try {
      return await Promise.race([this.#connection.sendRequest(name, message, cancellation), interrupted, ended]);
    } catch (error) {
      if (signal?.aborted) throw cancelled();
      if (OpsError.is(error)) throw error;
      if (this.#isClosed) throw this.#end ?? lost();
      throw new OpsError("bug", `The helper failed while it answered ${name}: ${showText(String(error), 500)}`, {
        nextStep: "Look into the log. The host is as the journal says: run Show Journal.",
        cause: error,
      });
    } finally {
      for (const timer of timers) clearTimeout(timer);
      if (onAbort) signal?.removeEventListener("abort", onAbort);
    }
  }

  #unwrap<Params, Result>(method: Method<Params, Result>, answer: unknown): Result {
    const outcome = outcomeSchema.safeParse(answer);
    if (!outcome.success) throw this.#violation(method.name);
    if (!outcome.data.ok) {
      const { kind, message, nextStep } = outcome.data.error;
      if (!isOpsErrorKind(kind)) throw this.#violation(method.name);
      throw new OpsError(kind, showText(message, 4000), { nextStep: showText(nextStep, 2000) });
    }
    const value = method.result.safeParse(outcome.data.value);
    if (!value.success) throw this.#violation(method.name, value.error);
    return value.data;
  }

  /** One answer that does not fit ends the session: what follows can't be trusted either. */
  #violation(name: string, cause?: unknown): OpsError {
    const error = new OpsError(
      "protocolViolation",
      `The host answered ${name} with something that does not fit; the session was ended.`,
      {
        nextStep: "Connect again. If it happens again, treat what this host reports as unreliable.",
        cause,
      },
    );
    this.#close(error);
    return error;
  }

  #close(reason: OpsError | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#end = reason;
    clearInterval(this.#heartbeat);
    this.#settleClosed(reason);
    this.#connection.dispose();
    this.#channel.end();
  }
}

function utf8Codec() {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return { encode: (text: string) => encoder.encode(text), decode: (bytes: Uint8Array) => decoder.decode(bytes) };
}

function showProgress(progress: Progress): Progress {
  return { ...progress, phase: showText(progress.phase, 100), message: showText(progress.message, 300) };
}

function isOpsErrorKind(kind: string): kind is OpsErrorKind {
  return (opsErrorKinds as readonly string[]).includes(kind);
}

function lost(cause?: unknown): OpsError {
  return new OpsError(
    "connectionLost",
    "The connection to the helper was lost. The helper ends by itself within 30 seconds.",
    {
      nextStep: "Connect again; Show Journal tells what was done, Recover settles what was cut off.",
      cause,
    },
  );
}

function timedOut(name: string, timeoutMs: number): OpsError {
  return new OpsError("timedOut", `The host did not answer ${name} within ${Math.round(timeoutMs / 1000)} seconds.`, {
    nextStep: "The host may be overloaded: try again, or look at its load in the Hosts view.",
  });
}

function cancelled(): OpsError {
  return new OpsError("cancelled", "Cancelled.");
}
