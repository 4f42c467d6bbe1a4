import type { Artifact, RuntimePack } from "./artifacts.ts";

export interface LaunchRequest {
  readonly nonce: string;
  /** SHA-256 of the unpacked bundle. */
  readonly build: string;
  readonly helper: Artifact;
  /** Tier 1: a Node on the host; tier 2: the pack that is brought along. */
  readonly runtime:
    | { readonly kind: "host"; readonly node: string }
    | { readonly kind: "pack"; readonly pack: RuntimePack };
  /** Folders to try, best first; each belongs to the account that runs the helper alone. */
  readonly folders: readonly string[];
  readonly stateFolder: string;
  /** Remove the staged files when the helper ends. */
  readonly isTransient: boolean;
  /** The account that must own everything on the way: 0 when the helper runs as root. */
  readonly owner: number;
}

/**
 * The script that puts the helper in place and becomes it. It runs as the account that
 * the helper will run as, so that root never executes what somebody else could have
 * written: the folder must be owned and closed, the bundle's digest is checked before
 * every start, and the environment is empty.
 *
 * It talks in lines that start with the nonce: `send helper`, `send runtime` (the
 * operator's side then sends exactly the announced bytes), `fail WHAT WHERE`, `start`.
 * Same rules for its text as for the probe: one line, no quote, no backslash.
 */
export function launchScript(request: LaunchRequest): string {
  const { nonce, build, helper, runtime, owner } = request;
  const statements = [
    `umask 077`,
    `PATH=/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C; export PATH LC_ALL`,
    `unset LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT NODE_OPTIONS BASH_ENV ENV`,
    `say() { echo "${nonce} $1"; }`,
    // Absent stat means no way to know whose folder it is: then nothing is trusted.
    `mine() { [ -L "$1" ] && return 1; [ -d "$1" ] && [ "$(stat -c %u:%a "$1" 2>/dev/null)" = "${owner}:700" ]; }`,
    `own() { if [ -e "$1" ] || [ -L "$1" ]; then mine "$1"; else mkdir -p "\${1%/*}" 2>/dev/null; mkdir -m 700 "$1" 2>/dev/null && mine "$1"; fi; }`,
    `digest() { sha256sum < "$1" 2>/dev/null | cut -c 1-64; }`,
    // Reading goes on when writing can't (a full disk): otherwise the rest would be taken for the next payload.
    `fetch() { head -c "$2" | { cat > "$1"; cat > /dev/null; } 2>/dev/null; [ "$(digest "$1")" = "$3" ]; }`,
    stageFunction(build, helper, runtime),
    ...(runtime.kind === "host" ? [trustedNode(runtime.node, owner)] : []),
    `done_=no; why=space`,
    `for base in ${request.folders.join(" ")}; do own "$base" || { why=foreign; at="$base"; continue; }; own "$base/runtime" || { why=foreign; at="$base/runtime"; continue; }; if stage "$base/runtime"; then done_=yes; break; else at="$base"; fi; done`,
    `[ "$done_" = yes ] || { say "fail $why $at"; exit 72; }`,
    `cd /`,
    start(request),
  ];
  return statements.join("; ");
}

function stageFunction(build: string, helper: Artifact, runtime: LaunchRequest["runtime"]): string {
  const stageHelper = [
    `h="$1/${build}"`,
    `if mine "$h" && [ "$(digest "$h/helper.cjs")" = "${build}" ]; then :; else t="$1/.new.$$"; rm -rf "$t"; mkdir -m 700 "$t" || { why=space; return 1; }; say "send helper"; fetch "$t/helper.gz" ${helper.bytes.length} ${helper.sha256} || { rm -rf "$t"; why=space; return 1; }; gzip -dc < "$t/helper.gz" > "$t/helper.cjs" 2>/dev/null && rm -f "$t/helper.gz" && [ "$(digest "$t/helper.cjs")" = "${build}" ] || { rm -rf "$t"; why=space; return 1; }; rm -rf "$h"; mv "$t" "$h" || { rm -rf "$t"; why=space; return 1; }; fi`,
  ];
  if (runtime.kind === "host") return `stage() { ${stageHelper.join("; ")}; }`;
  const { pack } = runtime;
  // The bundle is hashed at every start; the pack, which only its owner can write, when it is staged.
  const stageRuntime = [
    `r="$1/${pack.sha256}"`,
    `if mine "$r" && [ -f "$r/complete" ]; then :; else t="$1/.pack.$$"; rm -rf "$t"; mkdir -m 700 "$t" || { why=space; return 1; }; say "send runtime"; fetch "$t/pack.tar.gz" ${pack.bytes.length} ${pack.sha256} || { rm -rf "$t"; why=space; return 1; }; gzip -dc < "$t/pack.tar.gz" 2>/dev/null | tar -xf - -C "$t" 2>/dev/null && rm -f "$t/pack.tar.gz" && [ -x "$t/node" ] || { rm -rf "$t"; why=space; return 1; }; echo ok > "$t/complete" || { rm -rf "$t"; why=space; return 1; }; rm -rf "$r"; mv "$t" "$r" || { rm -rf "$t"; why=space; return 1; }; fi`,
    `[ "$("$r/${pack.loader}" --library-path "$r" "$r/node" -p 6*7 2>/dev/null </dev/null)" = 42 ] || { why=noexec; return 1; }`,
  ];
  return `stage() { ${[...stageRuntime, ...stageHelper].join("; ")}; }`;
}

/** A Node that serves root must not be writable, nor replaceable through a folder above it, by anybody else. */
function trustedNode(node: string, owner: number): string {
  if (owner !== 0) return `:`;
  return [
    `n=$(readlink -f ${node}) || { say "fail node ${node}"; exit 72; }`,
    `f="$n"`,
    `while :; do set -- $(stat -c "%u %a" "$f" 2>/dev/null); case "$1 $2" in "0 "*[2367]|"0 "*[2367]?) [ -k "$f" ] || { say "fail node $f"; exit 72; } ;; "0 "*) : ;; *) say "fail node $f"; exit 72 ;; esac; [ "$f" = / ] && break; f=\${f%/*}; f=\${f:-/}; done`,
  ].join("; ");
}

/**
 * Keeps the nursery of the garbage collector small. Its usual 16 MB would be filled with
 * strings of /proc once and never given back to a host that has other work to do.
 */
const heapOption = "--max-semi-space-size=1";

function start(request: LaunchRequest): string {
  const program =
    request.runtime.kind === "host"
      ? request.runtime.node
      : `"$r/${request.runtime.pack.loader}" --library-path "$r" "$r/node"`;
  const command = `env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/ ${program} ${heapOption} "$h/helper.cjs" serve --nonce ${request.nonce} --state-dir ${request.stateFolder}${request.isTransient ? " --transient" : ""}`;
  // Background priority where the tools exist; a missing tool must not keep the helper from starting.
  const quiet = `q=; command -v nice >/dev/null 2>&1 && q="nice -n 10"; command -v ionice >/dev/null 2>&1 && ionice -c 3 true 2>/dev/null && q="$q ionice -c 3"; s=; [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ] && command -v systemd-run >/dev/null 2>&1 && systemd-run --scope --quiet --collect -p MemoryMax=768M true >/dev/null 2>&1 </dev/null && s="systemd-run --scope --quiet --collect -p MemoryMax=768M -p CPUWeight=20"`;
  const launch = `say "start"; $s $q ${command}`;
  return request.isTransient
    ? `${quiet}; ${launch}; rm -rf "$h" ${request.runtime.kind === "pack" ? `"$r"` : ""} ${request.stateFolder}; rmdir "$base/runtime" "$base" 2>/dev/null`
    : `${quiet}; say "start"; exec $s $q ${command}`;
}
