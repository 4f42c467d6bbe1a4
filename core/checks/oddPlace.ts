import type { ByteString } from "../text/byteString.ts";

/** A folder in which no program should lie, and how much that says. */
export interface OddPlace {
  readonly kind: "memory" | "temporary" | "noPrograms" | "hidden" | "deceptive";
  /** Continues "it lies in". */
  readonly phrase: string;
  readonly points: number;
  /** The folder is one where everybody may write, or that lasts until the next boot. */
  readonly isTemporary: boolean;
}

/**
 * What is odd about where a file lies, `undefined` when nothing is. Only the path is
 * judged: whether a package owns the file is a question of its own.
 */
export function oddPlace(path: ByteString): OddPlace | undefined {
  if (!path.startsWith("/") || /^\/(?:nix|gnu\/store|snap)\//.test(path)) return undefined;
  const folders = path.split("/").slice(1, -1);
  const temporary = temporaryRoot.exec(path)?.[0];
  const isTemporary = temporary !== undefined;
  const names = path.split("/").slice(1);
  if (names.some(isDeceptive)) {
    // A blank at an end may be a slip of a person's; the rest is made on purpose.
    const isSlip =
      !isTemporary &&
      names.filter(isDeceptive).every((name) => /^\s?[^\s.\x00-\x1f\x7f-\xff][^\x00-\x1f\x7f-\xff]*$/.test(name));
    const phrase = "a folder or under a name made to be overlooked";
    return { kind: "deceptive", phrase, points: isSlip ? 45 : 60, isTemporary };
  }
  if (temporary !== undefined) {
    const isMemory = /^\/(?:dev|run)\//.test(temporary);
    const kind = isMemory ? "memory" : "temporary";
    if (hiddenComponents(path).some((name) => !projectFolders.has(name)))
      return { kind, phrase: `a hidden folder or under a hidden name below ${temporary}`, points: 45, isTemporary };
    return { kind, phrase: `${temporary}, where everybody may write`, points: 20, isTemporary };
  }
  if (/^\/run\/user\/\d+\//.test(path)) {
    if (/^\/run\/user\/\d+\/(?:containers|libpod|crun|runc|buildkit|docker|\.?flatpak|\.bubblewrap)\//.test(path))
      return undefined;
    return { kind: "memory", phrase: "the session folder of a user, which is gone at logout", points: 20, isTemporary };
  }
  if (
    noPrograms.test(path) &&
    !/^\/run\/(?:current-system|booted-system|wrappers|host|media|systemd\/mount)\//.test(path)
  )
    return {
      kind: "noPrograms",
      phrase: `${path.split("/").slice(0, 3).join("/")}, where no program belongs`,
      points: 30,
      isTemporary,
    };
  if (folders.includes("lost+found"))
    return { kind: "noPrograms", phrase: "a lost+found folder, where no program belongs", points: 40, isTemporary };
  return hiddenPlace(path);
}

const temporaryRoot =
  /^\/(?:tmp|var\/tmp|usr\/tmp|private\/tmp|dev\/shm|run\/shm|dev\/mqueue|run\/lock|var\/lock)(?=\/)/;
const noPrograms = /^\/(?:dev|proc|sys|boot|run|var\/run|var\/log|var\/mail|var\/spool|etc)\//;
const systemFolders = /^\/(?:usr|bin|sbin|lib|lib32|lib64)\//;
const homeFolders = /^\/(?:home\/[^/]+|root|var\/lib\/[^/]+|export\/home\/[^/]+|Users\/[^/]+)\//;

/** Components that listing a folder leaves out. */
function hiddenComponents(path: ByteString): readonly ByteString[] {
  return path.split("/").filter((name) => name.startsWith(".") && name.length > 1);
}

/** More than two dots and nothing else, a blank at either end, control characters, or invisible ones (U+200B and its kind). */
function isDeceptive(name: ByteString): boolean {
  return /^\.{3,}$|^\s|\s$|^\.\.?\s|[\x00-\x1f\x7f]|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|\xc2\xa0/.test(
    name,
  );
}

function hiddenPlace(path: ByteString): OddPlace | undefined {
  const isInSystem = systemFolders.test(path);
  const hidden = hiddenComponents(path);
  const unexplained = hidden.filter((name) => isInSystem || !(projectFolders.has(name) || toolFolders.has(name)));
  if (unexplained.length === 0 || path.includes("/node_modules/")) return undefined;
  if (unexplained.every((name) => name === ".config") && configuredPrograms.test(path)) return undefined;
  if (isInSystem)
    return {
      kind: "hidden",
      phrase: "a hidden folder among the programs of the system",
      points: 45,
      isTemporary: false,
    };
  if (homeFolders.test(path))
    return {
      kind: "hidden",
      phrase: "a hidden folder of a home that no known tool uses",
      points: 25,
      isTemporary: false,
    };
  return { kind: "hidden", phrase: "a hidden folder", points: 30, isTemporary: false };
}

/** Few tools keep programs in the folder for settings; whoever else does so hides them there. */
const configuredPrograms =
  /\/\.config\/(?:nvm|fnm|volta|yarn|composer|mise|Code|Code - Insiders|Cursor|JetBrains|BraveSoftware|google-chrome|chromium|Slack|discord|coc|nvim|emacs|zed)\//;

/** Hidden folders inside projects: stores of package managers, virtual environments, build results. */
const projectFolders: ReadonlySet<string> = new Set(
  ".venv .virtualenv .pnpm .bin .tox .nox .git .yarn .next .nuxt .turbo .terraform .terragrunt-cache .gradle .build .bazel .stack-work .eggs .serverless .aws-sam .dart_tool .svelte-kit .direnv .devenv .hermit .pixi .ci .github".split(
    " ",
  ),
);

/** Hidden folders of a home (or of a service's home) in which developer tools keep programs. */
const toolFolders: ReadonlySet<string> = new Set(
  `.local .cache .nvm .fnm .volta .nodenv .asdf .mise .proto .pyenv .rbenv .rvm .rbenv-gemsets .gem .bundle .jenv
  .sdkman .goenv .gvm .go .cargo .rustup .ghcup .cabal .stack .opam .juliaup .julia .npm .npm-global .npm-packages
  .npx .bun .deno .dotnet .nuget .aspnet .m2 .ivy2 .sbt .coursier .jdks .jbr .java .conda .mamba .micromamba
  .virtualenvs .venvs .poetry .uv .pipx .linuxbrew .nix-profile .vscode .vscode-server .vscode-server-insiders
  .vscode-insiders .vscode-oss .vscode-remote .vscodium-server .openvscode-server .cursor .cursor-server .windsurf
  .windsurf-server .theia .jupyter .ipython .emacs.d .vim .oh-my-zsh .fzf .docker .kube .krew .helm .minikube .k3d
  .tfenv .tenv .terraform.d .pulumi .ansible .ansible_async .steam .wine .var .flutter .pub-cache .fvm .dart .android
  .platformio .arduino15 .espressif .claude .codex .codeium .continue .ollama .foundry .jenkins .pkgx .arkade .dapr
  .meteor .elan .roswell .quicklisp .swiftly .swiftpm .wasmer .wasmtime .foundryup .snap .mozilla .jetbrains
  .gitlab-runner .buildkite-agent .actions-runner .cypress .electron .electron-gyp .node-gyp .yarn .pnpm-store`
    .split(/\s+/)
    .filter((name) => name !== ""),
);
