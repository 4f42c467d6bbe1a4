import { addressScope } from "../network/addressScope.ts";

/** Where a text downloads from, from harmless to worst. */
export type SourceKind = "official" | "named" | "unencrypted" | "address" | "disposable";

export interface DownloadSource {
  readonly url: string;
  readonly kind: SourceKind;
}

const mostUrls = 64;

/** The addresses that a text names, each with what is to be thought of it; none for variables. */
export function downloadSources(text: string): readonly DownloadSource[] {
  const urls = text.matchAll(/\b(?:https?|ftp|tftp):\/\/[^\s'"`<>|;)\\]{1,2048}/g);
  const found: DownloadSource[] = [];
  for (const [url] of urls) {
    if (found.length >= mostUrls) break;
    found.push({ url, kind: kindOf(url) });
  }
  if (found.length > 0) return found;
  // curl and wget take a name without a scheme and then ask without encryption.
  const bare =
    /\b(?:curl|wget|fetch)\s[^\n|;]{0,200}?(?<=\s)((?:[\w-]{1,63}\.){1,8}[\w-]{1,63}(?::\d{1,5})?\/[^\s'"|;]{0,512})/.exec(
      text.slice(0, 65_536),
    )?.[1];
  return bare === undefined ? [] : [{ url: bare, kind: kindOf(`http://${bare}`) }];
}

function kindOf(url: string): SourceKind {
  const { scheme, host, path } = partsOf(url);
  if (isAddress(host)) return isMetadata(host) ? "named" : "address";
  if (disposableHosts.test(host)) return "disposable";
  if (scheme !== "https") return "unencrypted";
  const prefixes = officialHosts.get(host);
  return prefixes?.some((prefix) => path.startsWith(prefix)) === true ? "official" : "named";
}

/** The host is what stands after the last `@`: `https://get.docker.com@198.51.100.4/` goes to the address. */
function partsOf(url: string): { readonly scheme: string; readonly host: string; readonly path: string } {
  const [, scheme = "", authority = "", path = ""] = /^(\w+):\/\/([^/?#]*)([^?#]*)/.exec(url) ?? [];
  const host = authority.slice(authority.lastIndexOf("@") + 1).replace(/:\d*$/, "");
  // Dots in the path would leave the folder that the prefix names.
  return {
    scheme: scheme.toLowerCase(),
    host: host.toLowerCase(),
    path: path === "" || path.includes("..") ? "/" : path,
  };
}

/** Dotted, decimal, octal and hexadecimal forms, and IPv6 in brackets. */
function isAddress(host: string): boolean {
  return /^(?:\d{1,3}\.){3}\d{1,3}$|^\d{8,10}$|^0x[0-9a-f]{1,8}$|^(?:0[0-7x][0-9a-f]{0,3}\.){1,3}\w{1,4}$|^\[[0-9a-f:.]+\]$/.test(
    host,
  );
}

/** Cloud providers serve first-boot scripts here. */
function isMetadata(host: string): boolean {
  return host === "169.254.169.254" && addressScope(host) === "private";
}

/** Anybody uploads here without an account, or a tunnel ends here. */
const disposableHosts =
  /(?:^|\.)(?:pastebin\.com|paste\.ee|paste\.rs|pastes\.io|hastebin\.com|dpaste\.(?:com|org)|ghostbin\.\w+|rentry\.(?:co|org)|ix\.io|sprunge\.us|termbin\.com|0x0\.st|transfer\.sh|temp\.sh|file\.io|oshi\.at|bashupload\.com|anonfiles\.com|gofile\.io|catbox\.moe|uguu\.se|ngrok\.(?:io|app|dev)|ngrok-free\.app|trycloudflare\.com|serveo\.net|localhost\.run|loca\.lt|duckdns\.org|no-ip\.\w+|ddns\.net|onion|onion\.\w+|tor2web\.\w+)$/;

/** Hosts from which projects ask their users to pipe an installer into a shell, with path prefixes. */
const officialHosts: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    "get.docker.com": "/",
    "sh.rustup.rs": "/",
    "static.rust-lang.org": "/rustup/",
    "raw.githubusercontent.com":
      "/nvm-sh/nvm/ /Homebrew/install/ /ohmyzsh/ohmyzsh/ /helm/helm/ /rancher/k3d/ /k3d-io/k3d/ /pyenv/pyenv-installer/ /aquasecurity/trivy/ /anchore/syft/ /anchore/grype/ /golangci/golangci-lint/ /junegunn/vim-plug/ /tmux-plugins/tpm/ /asdf-vm/asdf/ /kubernetes-sigs/kustomize/",
    "githubusercontent.com": "/nvm-sh/nvm/",
    "get.k3s.io": "/",
    "get.rke2.io": "/",
    "get.helm.sh": "/",
    "install.python-poetry.org": "/",
    "bootstrap.pypa.io": "/",
    "pyenv.run": "/",
    "astral.sh": "/uv/ /ruff/ /rye/",
    "deb.nodesource.com": "/",
    "rpm.nodesource.com": "/",
    "fnm.vercel.app": "/install",
    "get.volta.sh": "/",
    "get.pnpm.io": "/",
    "bun.sh": "/install",
    "deno.land": "/install /x/install/",
    "get.sdkman.io": "/",
    "get.rvm.io": "/",
    "get.haskellup.org": "/",
    "get-ghcup.haskell.org": "/",
    "nixos.org": "/nix/install",
    "install.determinate.systems": "/nix",
    "starship.rs": "/install.sh",
    "ollama.com": "/install.sh",
    "tailscale.com": "/install.sh",
    "get.acme.sh": "/",
    "run.linkerd.io": "/install",
    "istio.io": "/downloadIstio",
    "sdk.cloud.google.com": "/",
    "get.pulumi.com": "/",
    "install.terraform.io": "/",
    "cli.github.com": "/packages/",
    "download.docker.com": "/",
    "dl.google.com": "/",
    "dl.k8s.io": "/",
    "packages.gitlab.com": "/install/repositories/",
    "packagecloud.io": "/install/repositories/",
    "packages.microsoft.com": "/",
    "aka.ms": "/InstallAzureCLIDeb",
    "apt.llvm.org": "/llvm.sh",
    "install.meteor.com": "/",
    "ohmyposh.dev": "/install.sh",
    "mise.run": "/",
    "mise.jdx.dev": "/install.sh",
    "get.opentofu.org": "/",
    "code-server.dev": "/install.sh",
    "claude.ai": "/install.sh",
    "dot.net": "/v1/dotnet-install.sh",
    "get.jenv.be": "/",
    "git.io": "/go-installer",
    "sh.brew.sh": "/",
  }).map(([host, prefixes]) => [host, prefixes.split(" ")] as const),
);
