import { HelperService, type Handlers } from "#helper/service/helperService";
import { methods } from "#protocol/methods";
import { streamChannel } from "#protocol/streamChannel";
import { protocolVersion } from "#protocol/version";

/*
 * The smallest program that speaks the protocol: shows which account, environment and
 * folder the launcher gives it. Bundled and staged by staging.test.ts like the real one.
 */
const nonce = process.argv[process.argv.indexOf("--nonce") + 1] ?? "";
const report = JSON.stringify({
  environment: process.env,
  argv: process.argv.slice(1),
  cwd: process.cwd(),
  mode: process.umask(),
});
const handlers = {
  ...Object.fromEntries(Object.keys(methods).map((name) => [name, () => ({})])),
  initialize: () => ({
    protocol: protocolVersion,
    build: process.env["SMALL_BUILD"] ?? process.argv[1]?.split("/").at(-2) ?? "",
    host: {
      id: "0".repeat(32),
      bootId: "b",
      name: report.slice(0, 500),
      os: process.cwd(),
      kernel: "k",
      architecture: process.arch,
      cores: 1,
      memoryBytes: 1,
      uptimeSeconds: 1,
      wallMs: 1,
    },
    euid: process.geteuid?.() ?? -1,
    pid: process.pid,
    unsettled: 0,
  }),
} as unknown as Handlers;

process.stdout.write(`${nonce} ready\n`);
const service = new HelperService(streamChannel(process.stdin, process.stdout), handlers, { log: () => undefined });
void service.ended.then(() => process.exit(0));
