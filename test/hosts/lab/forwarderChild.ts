import { spawn } from "node:child_process";
import net from "node:net";
import { join } from "node:path";
import type { ForwarderReply, ForwarderRequest } from "./forwarderMessages.ts";
import { startLabServices } from "./labServices.ts";
import { repositoryPath } from "./paths.ts";

/**
 * Runs inside the lab's network namespace. A listening socket belongs to the namespace in which it was
 * made: the parent makes it on 127.0.0.1 of the machine and passes it here, so that this process accepts
 * outside and connects inside. It also carries the lab's own services (fake pool, download server).
 */
function main(): void {
  process.on("message", (request: ForwarderRequest, handle?: unknown) => {
    if (request.kind === "close") process.exit(0);
    if (handle instanceof net.Server) forward(handle, request);
    reply({ kind: "listening", id: request.id });
  });
  process.on("disconnect", reapAndExit);
  // Ctrl-C in a terminal reaches the whole process group; the owner decides when this child ends.
  process.on("SIGINT", () => undefined);
  startLabServices(() => reply({ kind: "ready" }));
}

function forward(server: net.Server, target: { readonly address: string; readonly port: number }): void {
  // A half-closed connection must stay half-closed for `printf x | nc`-like peers.
  Object.assign(server, { allowHalfOpen: true });
  server.on("connection", (outside: net.Socket) => {
    const inside = net.connect({ host: target.address, port: target.port, noDelay: true, allowHalfOpen: true });
    outside.setNoDelay(true);
    outside.pipe(inside);
    inside.pipe(outside);
    outside.on("error", () => inside.destroy());
    inside.on("error", () => outside.destroy());
    outside.on("close", () => inside.destroy());
    inside.on("close", () => outside.destroy());
  });
}

/** The owner died without saying goodbye: hand its leftovers to a reaper of their own. */
function reapAndExit(): void {
  const argv = [...process.execArgv, join(import.meta.dirname, "main.ts"), "reap"];
  spawn(process.execPath, argv, { cwd: repositoryPath, detached: true, stdio: "ignore" }).unref();
  process.exit(0);
}

function reply(message: ForwarderReply): void {
  process.send?.(message);
}

main();
