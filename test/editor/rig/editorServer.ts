import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Editor } from "#test/editor/rig/installEditor";
import { endProcessGroup, ownProcessGroup } from "#test/editor/rig/ownedProcesses";

type InstalledEditor = Extract<Editor, { kind: "installed" }>;

/** A fresh profile: its own user data, extensions and configuration, in a temporary folder. */
export interface Profile {
  readonly folder: string;
  readonly userData: string;
  readonly extensions: string;
  /** The user's settings, and those of the machine that the server counts as: machine-scoped ones are read there. */
  readonly settingsFiles: readonly string[];
}

export interface EditorServer {
  readonly url: string;
  readonly port: number;
  readonly logFile: string;
  /** Ends the server and everything it started. */
  readonly stop: () => Promise<void>;
}

/** Quiet settings: no tips, no experiments, no network, nothing that moves. */
const baseSettings: Readonly<Record<string, unknown>> = {
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.enableExperiments": false,
  "workbench.tips.enabled": false,
  "workbench.reduceMotion": "on",
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "git.openRepositoryInParentFolders": "never",
  "git.enabled": false,
  // On a desktop the extension runs beside the window. Here the window is a browser, and the only
  // extension host is the server's, which counts as remote.
  "remote.extensionKind": { "countermine.countermine": ["workspace"] },
};

export function createProfile(settings: Readonly<Record<string, unknown>> = {}): Profile {
  const folder = mkdtempSync(join(tmpdir(), "countermine-editor-"));
  const userData = join(folder, "user-data");
  const profile: Profile = {
    folder,
    userData,
    extensions: join(folder, "extensions"),
    settingsFiles: ["User", "Machine"].map((scope) => join(userData, scope, "settings.json")),
  };
  mkdirSync(profile.extensions, { recursive: true });
  writeFileSync(join(folder, "config.yaml"), "cert: false\n");
  writeSettings(profile, settings);
  return profile;
}

/** Replaces the profile's settings by the quiet ones plus these; an open window reads them when it is loaded again. */
export function writeSettings(profile: Profile, settings: Readonly<Record<string, unknown>>): void {
  for (const file of profile.settingsFiles) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ ...baseSettings, ...settings }, null, 2));
  }
}

export function removeProfile(profile: Profile): void {
  rmSync(profile.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** Installs a .vsix into the profile; offline, about two seconds. */
export function installExtension(editor: InstalledEditor, profile: Profile, vsix: string): void {
  const install = spawnSync(
    editor.node,
    [editor.entry, ...profileArguments(profile), "--install-extension", resolve(vsix)],
    { encoding: "utf8", env: serverEnvironment(profile, {}) },
  );
  if (install.status !== 0) throw new Error(`installing ${vsix} failed:\n${install.stdout}${install.stderr}`);
}

export interface ServerOptions {
  /** Loads the extension and the tests that the page's address names; toasts are never shown then. */
  readonly testDriver?: boolean;
  /** Asks whether the folder's authors are trusted, as a fresh desktop would. Off by default. */
  readonly workspaceTrust?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly port?: number;
  /** Asked for at the door; without one, anybody on this machine who finds the port is let in. */
  readonly password?: string;
}

/** Starts the editor's server on the loopback interface and waits until it answers. */
export async function startEditorServer(
  editor: InstalledEditor,
  profile: Profile,
  options: ServerOptions = {},
): Promise<EditorServer> {
  allowManyWatchers();
  const port = options.port ?? (await freePort());
  const logFile = join(profile.folder, "server.log");
  const log = openSync(logFile, "a");
  const child = spawn(
    editor.node,
    [
      editor.entry,
      ...profileArguments(profile),
      `--auth=${options.password === undefined ? "none" : "password"}`,
      `--bind-addr=127.0.0.1:${port}`,
      "--disable-telemetry",
      "--disable-update-check",
      "--disable-getting-started-override",
      "--disable-proxy",
      ...(options.testDriver === true ? ["--vscode-option", "enable-smoke-test-driver"] : []),
      ...(options.workspaceTrust === true ? [] : ["--disable-workspace-trust"]),
    ],
    {
      env: serverEnvironment(profile, {
        ...(options.password === undefined ? {} : { PASSWORD: options.password }),
        ...options.env,
      }),
      stdio: ["ignore", log, log],
      detached: true,
    },
  );
  closeSync(log);
  ownProcessGroup(child);
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + 60_000; !(await isHealthy(`${url}/healthz`)); await sleep(50)) {
    if (child.exitCode === null && Date.now() < deadline) continue;
    await endProcessGroup(child);
    throw new Error(`the editor's server did not start:\n${readFileSync(logFile, "utf8")}`);
  }
  return { url, port, logFile, stop: () => endProcessGroup(child) };
}

function profileArguments(profile: Profile): readonly string[] {
  return [
    `--config=${join(profile.folder, "config.yaml")}`,
    `--user-data-dir=${profile.userData}`,
    `--extensions-dir=${profile.extensions}`,
  ];
}

/** The environment without what an editor around us put there, which would confuse the one inside. */
function serverEnvironment(profile: Profile, env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^VSCODE_|^NODE_OPTIONS$|^NODE_V8_/.test(name));
  return {
    ...Object.fromEntries(inherited),
    XDG_DATA_HOME: profile.folder,
    XDG_CONFIG_HOME: profile.folder,
    // No extension gallery, so nothing here looks up a name on the network.
    EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: "" }),
    ...env,
  };
}

/** Debian allows 128 watchers per user; test hosts with systemd beside the editor use them up. */
function allowManyWatchers(): void {
  const limit = "/proc/sys/fs/inotify/max_user_instances";
  if (process.getuid?.() !== 0 || !existsSync(limit) || Number(readFileSync(limit, "utf8")) >= 512) return;
  try {
    writeFileSync(limit, "1024");
  } catch {
    // A container may forbid it; the editor then says which watcher failed.
  }
}

async function isHealthy(url: string): Promise<boolean> {
  return new Promise((answer) => {
    get(url, (response) => {
      response.resume();
      answer(response.statusCode === 200);
    }).on("error", () => answer(false));
  });
}

async function freePort(): Promise<number> {
  return new Promise((answer, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no port"));
        else answer(address.port);
      });
    });
  });
}
