import { spawn } from "node:child_process";
import type { FileHandle } from "node:fs/promises";
import { OpsError } from "#core/opsError";
import type { InodeAttributes } from "./record.ts";
import { trustedProgram } from "./trustedProgram.ts";

/*
 * Node has no call for extended attributes, inode flags or nanosecond times, and is
 * carried without native modules. Perl is essential on Debian, Python is on every
 * Red Hat: a few lines of either work on an inherited descriptor, so no path is
 * looked up twice. ACLs and capabilities are extended attributes of their own.
 */

const perlProgram = String.raw`
use strict;
my %calls = (x86_64 => [190, 193, 196, 199, 280], aarch64 => [7, 10, 13, 16, 88]);
my $machine = shift; my ($set, $get, $list, $remove, $times) = @{$calls{$machine} or die "machine\n"};
open(my $file, "<&=", 3) or die "descriptor\n";
if (shift eq "read") {
  my $long = pack("L!", 0);
  print ioctl($file, 0x80086601, $long) ? "F " . (unpack("L!", $long) & 0xffffffff) . "\n" : "N flags " . ($! + 0) . "\n";
  my $size = syscall($list, 3, 0, 0);
  if ($size < 0) { print "N xattrs " . ($! + 0) . "\n"; exit 0; }
  my $names = "\0" x ($size + 4096); $size = syscall($list, 3, $names, length $names); die "list\n" if $size < 0;
  for my $name (split /\0/, substr($names, 0, $size)) {
    my $value = "\0" x 65536; my $n = syscall($get, 3, $name, $value, length $value);
    if ($n < 0) { print "N xattrs " . ($! + 0) . "\n"; next; }
    print "X " . unpack("H*", $name) . " " . unpack("H*", substr($value, 0, $n)) . "\n";
  }
  print "END\n";
} else {
  while (my $line = <STDIN>) {
    my ($kind, @rest) = split /\s+/, $line;
    my $result = 0;
    if ($kind eq "X") { my ($name, $value) = map { pack("H*", $_ // "") } @rest; $result = syscall($set, 3, $name, $value, length $value, 0); }
    if ($kind eq "R") { my $name = pack("H*", $rest[0]); $result = syscall($remove, 3, $name); }
    if ($kind eq "T") { my $spec = pack("q4", @rest); $result = syscall($times, 3, 0, $spec, 0); }
    if ($kind eq "F") { my $long = pack("L!", $rest[0]); $result = ioctl($file, 0x40086602, $long) ? 0 : -1; }
    print "N $kind " . ($! + 0) . "\n" if $result < 0;
  }
  print "END\n";
}`;

const pythonProgram = String.raw`
import fcntl, os, struct, sys
out = sys.stdout
if sys.argv[2] == "read":
    try:
        out.write("F %d\n" % (struct.unpack("L", fcntl.ioctl(3, 0x80086601, struct.pack("L", 0)))[0] & 0xffffffff))
    except OSError as error:
        out.write("N flags %d\n" % error.errno)
    try:
        for name in os.listxattr(3):
            out.write("X %s %s\n" % (os.fsencode(name).hex(), os.getxattr(3, name).hex()))
    except OSError as error:
        out.write("N xattrs %d\n" % error.errno)
else:
    for line in sys.stdin:
        rest = line.split()
        kind = rest.pop(0)
        try:
            if kind == "X":
                os.setxattr(3, bytes.fromhex(rest[0]), bytes.fromhex(rest[1] if len(rest) > 1 else ""))
            if kind == "R":
                os.removexattr(3, bytes.fromhex(rest[0]))
            if kind == "T":
                a, an, m, mn = map(int, rest)
                os.utime(3, ns=(a * 10**9 + an, m * 10**9 + mn))
            if kind == "F":
                fcntl.ioctl(3, 0x40086602, struct.pack("L", int(rest[0])))
        except OSError as error:
            out.write("N %s %d\n" % (kind, error.errno))
out.write("END\n")`;

/** FS_IOC_SETFLAGS may change these and no others; the rest describe how the file is stored. */
const changeableFlags =
  0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x80 | 0x4000 | 0x8000 | 0x1_0000 | 0x2_0000 | 0x80_0000;
/** FS_IMMUTABLE_FL and FS_APPEND_FL: with either, nobody can unlink, rename or chmod. */
const guardFlags = 0x10 | 0x20;

export interface AttributesReading {
  readonly attributes: InodeAttributes;
  readonly gaps: readonly string[];
}

/** Reads flags and extended attributes of an inode that is open for reading. What can't be read is a gap, never an error. */
export async function readAttributes(file: FileHandle): Promise<AttributesReading> {
  const interpreter = findInterpreter();
  if (interpreter === undefined) {
    const gap =
      "extended attributes, ACLs, capabilities and inode flags could not be read: this host has neither Perl nor Python that only root can change";
    return { attributes: {}, gaps: [gap] };
  }
  const lines = await run(interpreter, "read", file, "");
  const gaps: string[] = [];
  let attributes: InodeAttributes = {};
  const xattrs: { readonly name: string; readonly value: string }[] = [];
  let hasXattrs = true;
  for (const line of lines) {
    const [kind, first = "", second = ""] = line.split(" ");
    if (kind === "F") attributes = { ...attributes, flags: Number(first) };
    else if (kind === "X") xattrs.push({ name: hexToBase64(first), value: hexToBase64(second) });
    else if (kind === "N" && !isUnsupported(second)) {
      gaps.push(`${first === "flags" ? "inode flags" : "extended attributes"} could not be read (errno ${second})`);
      if (first === "xattrs") hasXattrs = false;
    } else if (kind === "N" && first === "xattrs") hasXattrs = false;
  }
  if (hasXattrs)
    attributes = { ...attributes, xattrs: xattrs.sort((left, right) => (left.name < right.name ? -1 : 1)) };
  return { attributes, gaps };
}

/** ENOTTY, EOPNOTSUPP, ENOSYS: this file system has none, so nothing is missing. */
function isUnsupported(errno: string): boolean {
  return ["25", "95", "38"].includes(errno);
}

/**
 * Gives an inode the recorded extended attributes and times, in this order, because
 * setting an attribute does not touch the times but everything before does.
 * Returns what could not be set, one sentence each.
 */
export async function writeAttributes(
  file: FileHandle,
  wanted: InodeAttributes,
  times: { readonly atimeNs: string; readonly mtimeNs: string },
): Promise<readonly string[]> {
  const interpreter = findInterpreter();
  if (interpreter === undefined) {
    await file.utimes(Number(times.atimeNs) / 1e9, Number(times.mtimeNs) / 1e9);
    return ["times could only be set to the microsecond: this host has neither Perl nor Python"];
  }
  const commands: string[] = [];
  if (wanted.xattrs !== undefined) {
    const present = (await readAttributes(file)).attributes.xattrs ?? [];
    const names = new Set(wanted.xattrs.map(({ name }) => name));
    // What the new file took over from its folder (default ACLs, labels) was not there.
    for (const { name } of present) if (!names.has(name)) commands.push(`R ${base64ToHex(name)}`);
    for (const { name, value } of wanted.xattrs) commands.push(`X ${base64ToHex(name)} ${base64ToHex(value)}`);
  }
  commands.push(`T ${splitNs(times.atimeNs)} ${splitNs(times.mtimeNs)}`);
  const lines = await run(interpreter, "write", file, `${commands.join("\n")}\n`);
  return lines
    .filter((line) => line.startsWith("N "))
    .map((line) => {
      const [, kind, errno] = line.split(" ");
      const what = kind === "T" ? "times" : kind === "R" ? "an inherited attribute" : "an extended attribute";
      return `${what} could not be ${kind === "R" ? "removed" : "set"} (errno ${errno ?? "?"})`;
    });
}

/** Takes off the immutable and append-only flags. Returns the flags as they were, undefined when unknown. */
export async function clearGuards(file: FileHandle): Promise<number | undefined> {
  const { attributes } = await readAttributes(file);
  const { flags } = attributes;
  if (flags !== undefined && (flags & guardFlags) !== 0) await setFlags(file, flags & ~guardFlags);
  return flags;
}

/** Sets the recorded flags, those that can be set. Throws an OpsError `permissionDenied` when the kernel refuses. */
export async function setFlags(file: FileHandle, flags: number): Promise<void> {
  const interpreter = findInterpreter();
  const current = interpreter === undefined ? undefined : (await readAttributes(file)).attributes.flags;
  if (interpreter === undefined || current === undefined)
    throw new OpsError(
      "permissionDenied",
      "The inode flags can't be changed: there is neither Perl nor Python for it.",
    );
  const next = ((current & ~changeableFlags) | (flags & changeableFlags)) >>> 0;
  if (next === current) return;
  const lines = await run(interpreter, "write", file, `F ${next}\n`);
  const failure = lines.find((line) => line.startsWith("N "));
  if (failure !== undefined)
    throw new OpsError("permissionDenied", `The inode flags can't be changed (errno ${failure.split(" ")[2] ?? "?"}).`);
}

export function isGuarded(flags: number | undefined): boolean {
  return flags !== undefined && (flags & guardFlags) !== 0;
}

/** Whether two flag words agree in all bits that can be restored. */
export function areSameFlags(left: number | undefined, right: number | undefined): boolean {
  return ((left ?? 0) & changeableFlags) === ((right ?? 0) & changeableFlags);
}

interface Interpreter {
  readonly path: string;
  readonly argv: readonly string[];
}

function findInterpreter(): Interpreter | undefined {
  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  const perl = trustedProgram(["/usr/bin/perl", "/bin/perl"]);
  if (perl !== undefined) return { path: perl, argv: ["-e", perlProgram, "--", machine] };
  const python = trustedProgram(["/usr/bin/python3", "/usr/libexec/platform-python", "/bin/python3"]);
  return python === undefined ? undefined : { path: python, argv: ["-I", "-S", "-c", pythonProgram, machine] };
}

const answerMs = 10_000;

function run(
  interpreter: Interpreter,
  mode: "read" | "write",
  file: FileHandle,
  input: string,
): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(interpreter.path, [...interpreter.argv, mode], {
      stdio: ["pipe", "pipe", "pipe", file.fd],
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
      cwd: "/",
      timeout: answerMs,
      killSignal: "SIGKILL",
    });
    let output = "";
    let problem = "";
    child.stdout?.setEncoding("latin1").on("data", (text: string) => {
      output += text;
    });
    child.stderr?.setEncoding("latin1").on("data", (text: string) => {
      problem = (problem + text).slice(0, 500);
    });
    child.once("error", (error) =>
      reject(new OpsError("bug", "The attribute reader could not be started.", { cause: error })),
    );
    child.once("close", () => {
      const lines = output.split("\n").filter((line) => line !== "");
      if (lines.at(-1) === "END") resolve(lines.slice(0, -1));
      // Without its last line the answer may be cut: an attribute could be missing unnoticed.
      else reject(new OpsError("bug", "The attribute reader ended early.", { data: { problem } }));
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

function splitNs(ns: string): string {
  const value = BigInt(ns);
  const second = 1_000_000_000n;
  const fraction = ((value % second) + second) % second;
  return `${(value - fraction) / second} ${fraction}`;
}

function hexToBase64(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}

function base64ToHex(text: string): string {
  return Buffer.from(text, "base64").toString("hex");
}
