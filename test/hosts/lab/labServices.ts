import http from "node:http";
import net from "node:net";

/**
 * Where simulators find the fake pool and the download server: an address from the ranges kept for
 * documentation, which looks like the Internet to a host and leads no further than the lab's bridge.
 */
export const labServices = { address: "203.0.113.77", poolPort: 3333, downloadPort: 8080 } as const;

/** Starts the fake pool and the download server on all addresses of this network namespace. */
export function startLabServices(onReady: () => void): void {
  const pool = net.createServer(servePool);
  const download = http.createServer((_request, response) => {
    response.setHeader("content-type", "text/x-shellscript");
    response.end(downloadedScript);
  });
  pool.listen(labServices.poolPort, () => download.listen(labServices.downloadPort, onReady));
}

/** What `curl … | sh` runs in the simulator: it only sleeps. */
const downloadedScript = "#!/bin/sh\nsleep 600\n";

/** Answers a stratum login or subscription, then sends a job every five seconds. There is no work to do. */
export function servePool(client: net.Socket): void {
  const job = { blob: "00", job_id: "1", target: "ffffffff", algo: "rx/0", height: 1 };
  const send = (message: unknown): void => {
    if (client.writable) client.write(`${JSON.stringify(message)}\n`);
  };
  const jobs = setInterval(() => send({ jsonrpc: "2.0", method: "job", params: job }), 5000);
  client.once("data", () => send({ id: 1, jsonrpc: "2.0", error: null, result: { id: "sim", job, status: "OK" } }));
  client.on("data", () => undefined);
  client.on("error", () => client.destroy());
  client.on("close", () => clearInterval(jobs));
}
