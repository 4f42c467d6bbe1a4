import {
  type CancellationToken,
  createMessageConnection,
  type MessageConnection,
  ProgressType,
} from "vscode-jsonrpc/node";
import * as z from "zod/mini";
import { OpsError } from "#core/opsError";
import { defaultLimits, silenceLimitSeconds } from "#protocol/limits";
import { heartbeat, type Method, methods, type Outcome, type Progress } from "#protocol/methods";
import { BoundedMessageReader, type ByteChannel, FrameMessageWriter } from "#protocol/transport";

type ParamsOf<M> = M extends Method<infer Params, infer _Result> ? Params : never;
type ResultOf<M> = M extends Method<infer _Params, infer Result> ? Result : never;

/** One function per method of the protocol; a missing one is a type error. */
export type Handlers = {
  readonly [Name in keyof typeof methods]: (
    params: ParamsOf<(typeof methods)[Name]>,
    call: Call,
  ) => Promise<ResultOf<(typeof methods)[Name]>> | ResultOf<(typeof methods)[Name]>;
};

/** What a handler gets besides its parameters. */
export interface Call {
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
}

interface ServiceOptions {
  readonly log: (line: string) => void;
  /** Seconds without a sign of life until the session ends. */
  readonly silenceSeconds?: number;
}

const envelopeSchema = z.strictObject({ params: z.unknown(), progress: z.string().check(z.maxLength(64)) });
const progressType = new ProgressType<Progress>();

/**
 * The host's end of one session: validates what comes in, answers with data or with a
 * foreseen failure as data, and ends on end of input, on shutdown, or after silence.
 */
export class HelperService {
  readonly #connection: MessageConnection;
  readonly #channel: ByteChannel;
  readonly #log: (line: string) => void;
  readonly #running = new Set<AbortController>();
  readonly #silenceMs: number;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #settleEnded: (reason: string) => void = () => undefined;
  /** Settles once, with why the session ended. */
  readonly ended: Promise<string>;

  constructor(channel: ByteChannel, handlers: Handlers, options: ServiceOptions) {
    this.#channel = channel;
    this.#log = options.log;
    this.#silenceMs = (options.silenceSeconds ?? silenceLimitSeconds) * 1000;
    this.ended = new Promise((resolve) => (this.#settleEnded = resolve));
    const encoder = new TextEncoder();
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const utf8 = {
      encode: (text: string) => encoder.encode(text),
      decode: (bytes: Uint8Array) => decoder.decode(bytes),
    };
    const reader = new BoundedMessageReader(channel, utf8, defaultLimits);
    this.#connection = createMessageConnection(reader, new FrameMessageWriter(channel, utf8));
    for (const name of Object.keys(methods) as (keyof typeof methods)[]) this.#serve(name, handlers);
    this.#connection.onNotification(heartbeat, () => this.#hearSign());
    this.#connection.onError(([error]) => this.#end(`the operator's side sent something unreadable: ${error.message}`));
    this.#connection.onClose(() => this.#end("the operator's side ended the session"));
    this.#hearSign();
    this.#connection.listen();
  }

  #serve(name: keyof typeof methods, handlers: Handlers): void {
    const method: Method<unknown, unknown> = methods[name];
    const handler = handlers[name] as (params: unknown, call: Call) => unknown;
    this.#connection.onRequest(method.name, async (message: unknown, token: CancellationToken): Promise<unknown> => {
      this.#hearSign();
      const answer = await this.#answer(method, handler, message, token);
      if (name === "shutdown") setImmediate(() => this.#end("shut down by the operator"));
      return answer;
    });
  }

  async #answer(
    method: Method<unknown, unknown>,
    handler: (params: unknown, call: Call) => unknown,
    message: unknown,
    token: CancellationToken,
  ): Promise<Outcome<unknown>> {
    const envelope = envelopeSchema.safeParse(message);
    if (!envelope.success) return unfit(method.name, envelope.error);
    const params = method.params.safeParse(envelope.data.params);
    if (!params.success) return unfit(method.name, params.error);
    const controller = new AbortController();
    const subscription = token.onCancellationRequested(() => controller.abort());
    this.#running.add(controller);
    const call: Call = {
      signal: controller.signal,
      report: (progress) => {
        this.#connection.sendProgress(progressType, envelope.data.progress, progress).catch((error: unknown) => {
          this.#log(`progress was not delivered: ${String(error)}`);
        });
      },
    };
    try {
      return { ok: true, value: await handler(params.data, call) };
    } catch (error) {
      if (controller.signal.aborted && !OpsError.is(error)) return failure(new OpsError("cancelled", "Cancelled."));
      if (OpsError.is(error)) return failure(error);
      this.#log(`${method.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return failure(
        new OpsError(
          "bug",
          `The helper failed in ${method.name}: ${error instanceof Error ? error.message : String(error)}`,
          {
            nextStep: "What was done until then is in the journal.",
          },
        ),
      );
    } finally {
      subscription.dispose();
      this.#running.delete(controller);
    }
  }

  #hearSign(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(
      () => this.#end(`no sign of life for ${this.#silenceMs / 1000} seconds`),
      this.#silenceMs,
    );
  }

  #end(reason: string): void {
    clearTimeout(this.#silence);
    for (const controller of this.#running) controller.abort();
    this.#settleEnded(reason);
    this.#connection.dispose();
    this.#channel.end();
  }
}

function failure(error: OpsError): Outcome<never> {
  return { ok: false, error: { kind: error.kind, message: error.message, nextStep: error.nextStep } };
}

function unfit(name: string, error: z.core.$ZodError): Outcome<never> {
  return failure(
    new OpsError("badInput", `The parameters of ${name} do not fit; nothing was done. ${z.prettifyError(error)}`),
  );
}
