import type { ProcessFact } from "../facts/process.ts";
import type { ByteString } from "../text/byteString.ts";

/**
 * What kind of folder a program lies in, by who can write there and who should.
 *
 * - `temporary`: anyone may write, or it is gone after a reboot
 * - `hidden`: a component that listing leaves out, outside a home folder
 * - `system`: the package manager puts programs there, and nobody else should
 * - `toolFolder`: a hidden folder of a home in which developer tools keep programs
 * - `hiddenHome`: any other hidden folder of a home
 * - `ordinary`: everywhere else, for example /opt, /srv, /usr/local and homes
 */
export type Place = "temporary" | "hidden" | "system" | "toolFolder" | "hiddenHome" | "ordinary";

const temporaryFolders =
  /^\/(?:tmp|var\/tmp|dev|run|var\/run|var\/lock|proc|sys|boot|lost\+found|var\/spool|var\/mail)(?:\/|$)/;
const systemFolders = /^\/(?:usr\/)?(?:bin|sbin|lib|lib32|lib64|libx32|libexec)\//;
const homeFolder = /^\/(?:home\/[^/]+|root|var\/lib\/[^/]+|export\/home\/[^/]+|Users\/[^/]+)(?=\/)/;

/** Programs that package managers of languages and editors put under a home, each with a layout of its own below. */
const toolFolders =
  /^\/\.(?:nvm\/versions|fnm|volta\/|nodenv\/versions|asdf\/installs|local\/share\/(?:mise|fnm|pnpm|uv|pipx|JetBrains|Steam|flatpak|containers)|local\/(?:bin|lib|pipx)|mise\/installs|pyenv\/versions|rbenv\/versions|sdkman\/candidates|jdks\/|gradle\/|m2\/|cargo\/(?:bin|target)|rustup\/toolchains|ghcup\/|cabal\/|stack\/|opam\/|nix-profile\/|conda\/|virtualenvs\/|venv\/|cache\/(?:bazel|pre-commit|go-build|ms-playwright|puppeteer|pypoetry|uv|bazelisk|cypress|Cypress|JetBrains|node|act|yarn)|npm\/|npm-global\/|yarn\/|pnpm|bun\/|deno\/|dotnet\/|vscode-server(?:-insiders)?\/|vscode\/|vscode-oss\/|cursor(?:-server)?\/|windsurf(?:-server)?\/|openvscode-server\/|vscodium-server\/|vscode-remote\/|dapr\/|krew\/|linuxbrew\/|docker\/cli-plugins|terraform\.d\/plugins|arkade\/|steam\/|var\/app\/|claude\/|codeium\/)/;

export function placeOf(path: ByteString): Place {
  if (isAppImageMount(path)) return "toolFolder";
  if (temporaryFolders.test(path)) return "temporary";
  const home = homeFolder.exec(path)?.[0];
  const rest = home === undefined ? path : path.slice(home.length);
  if (hasHiddenComponent(rest)) {
    if (home === undefined) return isToolComponent(rest) ? "ordinary" : "hidden";
    if (/\/(?:\.{3,}|\.\s[^/]*|\.)\//.test(rest)) return "hidden";
    return toolFolders.test(rest) || isToolComponent(rest) ? "toolFolder" : "hiddenHome";
  }
  return systemFolders.test(path) ? "system" : "ordinary";
}

/** The place of the running program; memory and a name that is gone are the caller's to judge. */
export function placeOfProgram(process: ProcessFact): Place {
  return process.exe === undefined ? "ordinary" : placeOf(process.exe.path);
}

/** Where the AppImage runtime mounts its image, read-only through FUSE. */
function isAppImageMount(path: ByteString): boolean {
  return /^\/tmp\/\.mount_[A-Za-z0-9_.+-]{4,}\//.test(path);
}

function hasHiddenComponent(path: ByteString): boolean {
  return /\/(?:\.|\s|[^/]+\s\/)/.test(path);
}

/** Hidden folders inside projects: package stores, virtual environments, version control. */
function isToolComponent(path: ByteString): boolean {
  const parts = path.split("/").filter((part) => part.startsWith(".") || part.startsWith(" ") || part.endsWith(" "));
  const tools = new Set([".venv", ".pnpm", ".bin", ".tox", ".nox", ".git", ".yarn", ".next", ".terraform", ".gradle"]);
  return parts.length > 0 && parts.every((part) => tools.has(part));
}
