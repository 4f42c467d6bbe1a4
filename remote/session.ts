import { randomBytes } from "node:crypto";
import type { HostSummary } from "#core/hosts/host";
import { OpsError } from "#core/opsError";
import { showBytes } from "#core/text/showBytes";
import { streamChannel } from "#protocol/streamChannel";
import { type Handshake, HelperClient } from "./helperClient.ts";
import type { ExecChannel, Shell } from "./shell/shell.ts";
import type { Artifacts } from "./staging/artifacts.ts";
import { launchScript, type LaunchRequest } from "./staging/launchScript.ts";
import { type Elevation, probe, type Probe } from "./staging/probe.ts";
import { readPreamble } from "./staging/preamble.ts";
import { answerPrompt, elevatedCommand, SudoDeclined } from "./sudo/elevate.ts";

export interface SessionOptions {
  readonly artifacts: Artifacts;
  /** Who is acting, for the host's journal: `user@machine`. */
  readonly operator: string;
  /** Asks for the sudo password; undefined means that the operator declined. */
  readonly sudoPassword: () => Promise<Buffer | undefined>;
  readonly stateFolder?: string;
  /** Keep nothing on the host: files in memory, removed at the end; isolating is then refused. */
  readonly leaveNothing?: boolean;
  /** Run as the login account even where root can be had. */
  readonly withoutRoot?: boolean;
  readonly signal?: AbortSignal;
  readonly onPhase?: (phase: SessionPhase) => void;
  readonly log?: (line: string) => void;
}

export type SessionPhase = "probe" | "elevate" | "upload" | "start" | "ready";

/** One helper on one host. */
export interface Session {
  readonly client: HelperClient;
  readonly host: HostSummary;
  readonly handshake: Handshake;
  readonly probe: Probe;
  /** True when the helper runs as root and so can see everything. */
  readonly isRoot: boolean;
  readonly runtime: "host" | "pack";
  /** Bytes that had to be sent before the helper could start: 0 on a warm host. */
  readonly uploadedBytes: number;
  readonly shell: Shell;
}

/**
 * Brings the helper to a host, starts it, and shakes hands. The shell must lead to a
 * host whose key was verified.
 * @throws OpsError; after any error nothing of the session is left running
 */
export async function openSession(shell: Shell, options: SessionOptions): Promise<Session> {
  options.onPhase?.("probe");
  const probed = await probe(shell, options.signal);
  if (probed.system !== "Linux") {
    throw new OpsError(
      "helperMissing",
      `This host runs ${showBytes(probed.system, 60)}; the helper of this version runs on Linux only. Nothing was changed.`,
      {
        nextStep: "Windows hosts are planned; see the limits in the README.",
      },
    );
  }
  const runtime = chooseRuntime(probed, options.artifacts);
  const { channel, uploadedBytes, elevation } = await launchAsFarAsAllowed(shell, probed, runtime, options);
  channel.stderr.on("data", (chunk: Buffer) => options.log?.(showBytes(chunk.toString("latin1"), 8000)));
  const client = new HelperClient(streamChannel(channel.stdout, channel.stdin));
  channel.stdout.resume();
  try {
    const handshake = await client.initialize(options.operator, options.signal ? { signal: options.signal } : {});
    if (handshake.build !== options.artifacts.build) {
      throw new OpsError(
        "protocolMismatch",
        "The program that answered is not the helper that was sent. The session was ended.",
        {
          nextStep: "Treat this host as hostile: its root account may be in other hands.",
        },
      );
    }
    options.onPhase?.("ready");
    return {
      client,
      host: handshake.host,
      handshake,
      probe: { ...probed, elevation },
      isRoot: handshake.euid === 0,
      runtime: runtime.kind,
      uploadedBytes,
      shell,
    };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Node 20 is the oldest that the bundle is built for. */
const oldestNode = 20;

function chooseRuntime(probed: Probe, artifacts: Artifacts): LaunchRequest["runtime"] {
  const major = Number(probed.node?.version.split(".")[0] ?? 0);
  if (probed.node && major >= oldestNode) return { kind: "host", node: probed.node.path };
  const pack = artifacts.runtime(probed.machine);
  if (pack) return { kind: "pack", pack };
  const has = probed.node ? `It has Node ${probed.node.version}, older than ${oldestNode}.` : "It has no Node.";
  throw new OpsError(
    "helperMissing",
    `There is no runtime for this host (${showBytes(probed.machine, 40)}). ${has} Nothing was changed on the host.`,
    {
      nextStep: `Install Node ${oldestNode} or newer on the host as root, or use a build of Countermine with the runtime pack for its architecture.`,
    },
  );
}

function launchRequest(
  probed: Probe,
  elevation: Elevation,
  runtime: LaunchRequest["runtime"],
  options: SessionOptions,
): LaunchRequest {
  const nonce = randomBytes(16).toString("hex");
  const isRoot = elevation.kind !== "none" || probed.uid === 0;
  const owner = isRoot ? 0 : probed.uid;
  const common = { nonce, build: options.artifacts.build, helper: options.artifacts.helper, runtime, owner };
  if (options.leaveNothing === true) {
    const base = isRoot ? `/run/countermine-${nonce.slice(0, 12)}` : `/tmp/countermine-${nonce.slice(0, 12)}`;
    return { ...common, folders: [base], stateFolder: `${base}/state`, isTransient: true };
  }
  const base = options.stateFolder ?? (isRoot ? "/var/lib/countermine" : `/var/tmp/countermine-${probed.uid}`);
  if (!/^\/[\w./-]+$/.test(base) || base.includes("/../")) {
    throw new OpsError(
      "badInput",
      `The state folder ${showBytes(base, 200)} is not a plain absolute path. Nothing was done.`,
      {
        nextStep: "Use letters, digits, dots, dashes and slashes, for example /var/lib/countermine.",
      },
    );
  }
  // Memory is the way out when the disk is full or read-only: the helper runs, and says that it can't store anything.
  const memory = isRoot ? "/run/countermine" : `/tmp/countermine-${probed.uid}`;
  const folders = options.stateFolder === undefined ? [base, memory] : [base];
  return { ...common, folders, stateFolder: base, isTransient: false };
}

/** As root where that can be had; without root when the operator gives no password for it. */
async function launchAsFarAsAllowed(
  shell: Shell,
  probed: Probe,
  runtime: LaunchRequest["runtime"],
  options: SessionOptions,
): Promise<Launched & { readonly elevation: Elevation }> {
  const start = async (elevation: Elevation): Promise<Launched & { readonly elevation: Elevation }> => ({
    ...(await launch(shell, launchRequest(probed, elevation, runtime, options), elevation, options)),
    elevation,
  });
  const withoutRoot: Elevation = { kind: "none", reason: "declined" };
  if (options.withoutRoot === true && probed.uid !== 0) return start(withoutRoot);
  try {
    return await start(probed.elevation);
  } catch (error) {
    if (error instanceof SudoDeclined) return start(withoutRoot);
    throw error;
  }
}

interface Launched {
  readonly channel: ExecChannel;
  readonly uploadedBytes: number;
}

async function launch(
  shell: Shell,
  request: LaunchRequest,
  elevation: Elevation,
  options: SessionOptions,
): Promise<Launched> {
  const elevated = elevatedCommand(launchScript(request), elevation);
  if (elevated.prompt !== undefined) options.onPhase?.("elevate");
  const channel = await shell.exec(elevated.command);
  const prompt =
    elevated.prompt === undefined ? undefined : answerPrompt(channel, elevated.prompt, options.sudoPassword);
  try {
    const uploadedBytes = await readPreamble(channel, request, {
      isWaiting: prompt !== undefined,
      ...(prompt ? { refused: prompt.refused, onFirstLine: () => prompt.started() } : {}),
      onUpload: () => options.onPhase?.("upload"),
      onStart: () => options.onPhase?.("start"),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    return { channel, uploadedBytes };
  } catch (error) {
    channel.close();
    throw error;
  }
}
