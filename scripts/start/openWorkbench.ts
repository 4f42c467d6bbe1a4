import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { createProfile, installExtension, removeProfile, startEditorServer } from "#test/editor/rig/editorServer";
import { installEditor } from "#test/editor/rig/installEditor";

export type OpenWorkbench =
  | { readonly kind: "open"; readonly address: string; readonly close: () => Promise<void> }
  | { readonly kind: "unavailable"; readonly reason: string };

/**
 * Opens the workbench in a fresh profile with the extension installed.
 *
 * The editor has a terminal, so whoever reaches it acts as this user: the server asks for a
 * password that nobody is told, and the address carries a key that exchanges for its cookie.
 */
export async function openWorkbench(vsix: string, settings: Readonly<Record<string, unknown>>): Promise<OpenWorkbench> {
  const editor = installEditor(console.error);
  if (editor.kind === "unavailable") return editor;
  const profile = createProfile(settings);
  const closers: (() => Promise<void> | void)[] = [() => removeProfile(profile)];
  const close = async (): Promise<void> => {
    for (const one of closers) await one();
  };
  try {
    installExtension(editor, profile, vsix);
    const password = randomBytes(24).toString("base64url");
    const server = await startEditorServer(editor, profile, { password });
    closers.unshift(server.stop);
    const folder = join(profile.folder, "workspace");
    mkdirSync(folder);
    const door = await openDoor(
      await signIn(server.url, password),
      `${server.url}/?${new URLSearchParams({ folder })}`,
    );
    closers.unshift(door.close);
    return { kind: "open", address: door.address, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Trades the password for the session cookie. */
async function signIn(url: string, password: string): Promise<string> {
  const response = await fetch(`${url}/login`, {
    method: "POST",
    body: new URLSearchParams({ password }),
    redirect: "manual",
  });
  const [cookie] = response.headers.getSetCookie();
  if (cookie === undefined) throw new Error(`the editor's server refused its own password (${response.status})`);
  return cookie;
}

/** Serves one address: with the right key it hands out the cookie and leads to the workbench. A cookie knows no port. */
async function openDoor(
  cookie: string,
  location: string,
): Promise<{ readonly address: string; readonly close: () => void }> {
  const key = randomBytes(24).toString("base64url");
  const server = createServer((request, response) => {
    if (request.url === `/${key}`) response.writeHead(302, { location, "set-cookie": cookie });
    else response.writeHead(404);
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no loopback port");
  return {
    address: `http://127.0.0.1:${address.port}/${key}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
