import { PassThrough } from "node:stream";
import { type Handlers, HelperService } from "#helper/service/helperService";
import { OpsError } from "#core/opsError";
import { methods } from "#protocol/methods";
import { streamChannel } from "#protocol/streamChannel";
import { HelperClient } from "#remote/helperClient";

/** A client and a service over two in-memory streams; `handlers` holds what the test is about. */
export function connectInMemory(
  handlers: Partial<Handlers>,
  options: { readonly silenceSeconds?: number } = {},
): {
  client: HelperClient;
  service: HelperService;
  toClient: PassThrough;
  toService: PassThrough;
  log: string[];
} {
  const toClient = new PassThrough();
  const toService = new PassThrough();
  const log: string[] = [];
  const service = new HelperService(
    streamChannel(toService, toClient),
    { ...refuseAll(), ...handlers },
    {
      log: (line) => log.push(line),
      ...options,
    },
  );
  const client = new HelperClient(streamChannel(toClient, toService));
  return { client, service, toClient, toService, log };
}

function refuseAll(): Handlers {
  const refuse = (): never => {
    throw new OpsError("bug", "This test has no such handler.");
  };
  return Object.fromEntries(Object.keys(methods).map((name) => [name, refuse])) as unknown as Handlers;
}
