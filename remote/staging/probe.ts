import { randomBytes } from "node:crypto";
import { OpsError } from "#core/opsError";
import { showBytes } from "#core/text/showBytes";
import { runToEnd } from "../shell/runToEnd.ts";
import type { Shell } from "../shell/shell.ts";
import { shellCommand } from "../shellQuote.ts";

/** What a host offers before anything of ours is on it. Every value was reported by the host. */
export interface Probe {
  readonly system: string;
  /** `uname -m` */
  readonly machine: string;
  readonly kernel: string;
  readonly uid: number;
  readonly user: string;
  readonly elevation: Elevation;
  /** A Node that might serve as runtime; the launcher checks as root that only root can write it. */
  readonly node?: { readonly path: string; readonly version: string };
  readonly libc: "glibc" | "musl" | "none";
  /** KiB free for the state folder, and for the fallback in memory. */
  readonly freeKiB: number;
  readonly freeMemoryKiB: number;
}

/** How to become root, as far as the probe could tell without a password. */
export type Elevation =
  | { readonly kind: "root" }
  | { readonly kind: "sudo"; readonly path: string; readonly needsPassword: boolean }
  | { readonly kind: "doas"; readonly path: string }
  | { readonly kind: "none"; readonly reason: ElevationProblem };

export type ElevationProblem = "noSudo" | "declined" | "notAllowed" | "needsTty" | "unclear";

/**
 * Asks the login account what the host is like. One line of POSIX shell: it must pass
 * through sh, bash, zsh, fish and csh alike, so it holds no single quote, no backslash,
 * no exclamation mark and no newline.
 * @throws OpsError when the answer does not come, or when the account has no usable shell
 */
export async function probe(shell: Shell, signal?: AbortSignal): Promise<Probe> {
  const nonce = randomBytes(12).toString("hex");
  const answer = await runToEnd(shell, shellCommand(["/bin/sh", "-c", probeScript(nonce)]), {
    timeoutMs: 20_000,
    limitBytes: 8 * 2 ** 20,
    ...(signal ? { signal } : {}),
  });
  return parseProbe(answer.stdout, answer.stderr, nonce, answer.code);
}

function probeScript(nonce: string): string {
  return [
    `PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH; LC_ALL=C; export PATH LC_ALL`,
    `p() { echo "${nonce} $1=$2"; }`,
    `p system "$(uname -s)"; p machine "$(uname -m)"; p kernel "$(uname -r)"; p uid "$(id -u)"; p user "$(id -un 2>/dev/null)"`,
    `for s in /usr/bin/sudo /bin/sudo /usr/local/bin/sudo; do if [ -x "$s" ]; then p sudo "$s"; m=$("$s" -n -- /bin/true 2>&1 </dev/null); p sudoStatus "$?"; p sudoText "$(echo "$m" | head -n 3 | tr -c "[:alnum:]:.,_ -" " ")"; break; fi; done`,
    `for s in /usr/bin/doas /usr/local/bin/doas /bin/doas; do if [ -x "$s" ]; then p doas "$s"; "$s" -n /bin/true >/dev/null 2>&1 </dev/null; p doasStatus "$?"; break; fi; done`,
    `for n in /usr/bin/node /usr/bin/nodejs /usr/local/bin/node /opt/node/bin/node; do if [ -x "$n" ]; then v=$("$n" -v 2>/dev/null </dev/null); if [ -n "$v" ]; then p node "$n"; p nodeVersion "$v"; break; fi; fi; done`,
    `l=none; for f in /lib/ld-musl-* ; do [ -e "$f" ] && l=musl; done; for f in /lib64/ld-linux* /lib/ld-linux* /lib/*/ld-linux* ; do [ -e "$f" ] && l=glibc; done; p libc "$l"`,
    `p free "$(df -Pk /var/lib 2>/dev/null | tail -n 1)"; p freeMemory "$(df -Pk /run 2>/dev/null | tail -n 1)"`,
    `p end ok`,
  ].join("; ");
}

export function parseProbe(stdout: string, stderr: string, nonce: string, code: number | undefined): Probe {
  const values = new Map<string, string>();
  for (const line of stdout.split("\n")) {
    if (!line.startsWith(`${nonce} `)) continue;
    const separator = line.indexOf("=");
    if (separator > 0) values.set(line.slice(nonce.length + 1, separator), line.slice(separator + 1, separator + 300));
  }
  if (values.get("end") !== "ok") throw noShell(stdout, stderr, code);
  const node = readNode(values);
  return {
    system: values.get("system") ?? "unknown",
    machine: values.get("machine") ?? "unknown",
    kernel: values.get("kernel") ?? "unknown",
    uid: readNumber(values.get("uid"), 65_534),
    user: values.get("user") ?? "",
    elevation: readElevation(values),
    ...(node ? { node } : {}),
    libc: readLibc(values.get("libc")),
    freeKiB: readFree(values.get("free")),
    freeMemoryKiB: readFree(values.get("freeMemory")),
  };
}

function readElevation(values: ReadonlyMap<string, string>): Elevation {
  if (values.get("uid") === "0") return { kind: "root" };
  const sudo = values.get("sudo");
  if (sudo !== undefined && /^\/[\w/]+$/.test(sudo)) {
    if (values.get("sudoStatus") === "0") return { kind: "sudo", path: sudo, needsPassword: false };
    const text = values.get("sudoText") ?? "";
    if (/tty/i.test(text)) return { kind: "none", reason: "needsTty" };
    if (/password is required|password required/i.test(text)) return { kind: "sudo", path: sudo, needsPassword: true };
    if (/not in the sudoers|may not run|not allowed/i.test(text)) return { kind: "none", reason: "notAllowed" };
    return { kind: "sudo", path: sudo, needsPassword: true };
  }
  const doas = values.get("doas");
  if (doas !== undefined && /^\/[\w/]+$/.test(doas) && values.get("doasStatus") === "0")
    return { kind: "doas", path: doas };
  return { kind: "none", reason: doas === undefined ? "noSudo" : "notAllowed" };
}

/** Paths come from our own list; anything else is the host's invention. */
function readNode(values: ReadonlyMap<string, string>): Probe["node"] {
  const path = values.get("node");
  const version = /^v(\d{1,3}\.\d{1,3}\.\d{1,3})/.exec(values.get("nodeVersion") ?? "")?.[1];
  if (path === undefined || version === undefined || !/^\/(usr|opt)\/[\w/]+$/.test(path)) return undefined;
  return { path, version };
}

function readLibc(value: string | undefined): Probe["libc"] {
  return value === "glibc" || value === "musl" ? value : "none";
}

/** The fourth column of `df -P`. */
function readFree(line: string | undefined): number {
  return readNumber(line?.trim().split(/\s+/)[3], 0);
}

function readNumber(text: string | undefined, fallback: number): number {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : fallback;
}

function noShell(stdout: string, stderr: string, code: number | undefined): OpsError {
  const said = showBytes((stderr + stdout).trim(), 300);
  return new OpsError(
    "stagingFailed",
    `The account has no shell that runs commands (exit code ${code ?? "none"}${said === "" ? "" : `, it said: ${said}`}). Nothing was changed on the host.`,
    { nextStep: "Use an account with a POSIX shell and without ForceCommand, or change its login shell." },
  );
}
