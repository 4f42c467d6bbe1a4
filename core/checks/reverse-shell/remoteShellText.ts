import type { ByteString } from "../../text/byteString.ts";
import { decodeBase64Runs } from "../../text/base64.ts";
import { isRelay, isScriptLanguage } from "../programName.ts";

/**
 * Whether arguments say that a shell is to be connected with the network: the one-liners
 * for each language, a relay's option to run a program, and bash's `/dev/tcp` in both directions.
 *
 * @param program name of the executable, as programName gives it
 */
export function remoteShellInText(
  argv: readonly ByteString[],
  program: string,
): { readonly points: number; readonly text: string } | undefined {
  if (isRelay(program)) {
    const target = relayTarget(argv);
    if (target) return { points: 90, text: "It is told to connect a shell with the network." };
  }
  for (const argument of argv.slice(1)) {
    if (argument.length < 12) continue;
    const plain = judgeCode(argument, program);
    if (plain !== undefined) return plain;
    for (const decoded of decodeBase64Runs(argument)) {
      const hidden = judgeCode(decoded, program);
      if (hidden !== undefined) return { points: hidden.points, text: `${hidden.text} The text is in base64.` };
    }
  }
  return undefined;
}

function judgeCode(code: ByteString, program: string): { readonly points: number; readonly text: string } | undefined {
  if (
    netDevice.test(code) &&
    (bothDirections.test(code) || interactiveShell.test(code) || (readsLines.test(code) && runsText.test(code)))
  )
    return { points: 90, text: "Its command connects a shell with the network through /dev/tcp." };
  if (startsRelay(code)) return { points: 90, text: "Its command starts a relay that runs a shell for the network." };
  if (
    /\bmkfifo\b|\bmknod\b/.test(code) &&
    interactiveShell.test(code) &&
    /\b(?:nc|ncat|netcat|telnet|openssl|socat)\b/.test(code)
  )
    return { points: 90, text: "Its command ties a shell and a network program together with a named pipe." };
  if (isScriptLanguage(program) || /\b(?:python[\d.]*|perl|ruby|php[\d.]*|lua|node|awk|gawk)\b/.test(code)) {
    if (opensSocket.test(code) && (handsOverStreams.test(code) || interactiveShell.test(code)))
      return { points: 90, text: "Its program text opens a connection and hands it to a shell." };
    if (/\/inet\/(?:tcp|udp)\/\d/.test(code) && /\|&|getline/.test(code))
      return { points: 90, text: "Its awk program reads commands from a connection." };
  }
  return undefined;
}

const netDevice = /\/dev\/(?:tcp|udp)\/[^\s/]/;
const bothDirections = /0>&1|0<&1|<&1|1>&0|0<&\d|<&\d{1,3}[^;|]{0,40}>&\d/;
const interactiveShell = /\b(?:ba|da|z|k|a|c|fi)?sh['",\s]{1,4}-[a-z]*i\b/;
const readsLines = /\bread\b/;
const runsText = /\beval\b|\|\s*(?:ba|da|z)?sh\b|\$\{?\w{1,40}\}?\s{0,4}2?>&/;
const opensSocket =
  /socket\.socket|create_connection|\bSocket\b|\bsocket\s*\(|fsockopen|pfsockopen|TCPSocket|stream_socket_client|require\(['"](?:node:)?net['"]\)|net\.(?:connect|Socket|createConnection)|IO::Socket/;
const handsOverStreams =
  /dup2|pty\.spawn|STD(?:IN|OUT)[^\n]{0,20}[<>]&|[<>]&\s?(?:\d|\$)|\.std(?:in|out)[^\n]{0,20}\.pipe\(|\.pipe\([^\n]{0,20}\.stdin|reopen\(/;
const mostRelays = 256;

/** A relay inside a command line: the words after it, up to the next separator, name a shell to run. */
function startsRelay(code: ByteString): boolean {
  const relay = /(?:^|[\s/"'`(;|&])(?:nc|ncat|netcat|nc\.traditional|socat)\s/g;
  for (let count = 0; count < mostRelays && relay.exec(code) !== null; count += 1) {
    const rest = code.slice(relay.lastIndex, relay.lastIndex + 512).split(/[\n|;&]/, 1)[0] ?? "";
    if (relayTarget(rest.split(/[\s"'`]+/))) return true;
  }
  return false;
}

/** True when a relay's own arguments name a shell to run. */
function relayTarget(argv: readonly ByteString[]): boolean {
  return argv.some((argument, index) => {
    if (/^(?:exec|system|shell):['"]?(?:\/\S{0,80}\/)?(?:ba|da|z|k|a|c|fi)?sh\b/i.test(argument)) return true;
    const following = argv[index + 1] ?? "";
    const isOption = /^-[a-z]*[ec]$|^--(?:sh-)?exec$|^--lua-exec$/.test(argument);
    return (
      (isOption && /(?:^|[\s/'"])(?:(?:ba|da|z|k|a|c|fi)?sh|busybox|python[\d.]*|perl)\b/.test(following)) ||
      /^--(?:sh-)?exec=\S{0,80}sh\b/.test(argument)
    );
  });
}
