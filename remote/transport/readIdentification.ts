import type { Duplex } from "node:stream";
import { endedEarly, notSsh } from "./connectionErrors.ts";

const mostBytes = 64 << 10;
/** A server may wait for us to speak first; after this silence ssh2 is let loose. */
const silenceMs = 3000;

/**
 * Waits for the line with which an SSH server names itself (RFC 4253 4.2), and puts what
 * was read back into the stream. ssh2 loses bytes when that line arrives in more than two
 * pieces, and it would take in 8 MiB of anything before it gives up.
 * @throws OpsError `protocolViolation` when 64 KiB hold no such line, `connectionLost` at the end of the stream
 */
export async function readIdentification(stream: Duplex, where: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const silence = setTimeout(() => {
      if (length === 0) finish(resolve);
    }, silenceMs);
    const onReadable = (): void => {
      for (let chunk: unknown = stream.read(); chunk !== null; chunk = stream.read()) {
        if (!Buffer.isBuffer(chunk)) continue;
        chunks.push(chunk);
        length += chunk.length;
        if (length > mostBytes) break;
      }
      const text = Buffer.concat(chunks).toString("latin1");
      if (/(?:^|\n)SSH-[^\n]{0,1020}\n/.test(text)) finish(resolve);
      else if (length > mostBytes || isHopeless(text)) finish(() => reject(notSsh(where, firstLine(text))));
    };
    const onEnd = (): void =>
      finish(() =>
        reject(
          length > 0 ? notSsh(where, firstLine(Buffer.concat(chunks).toString("latin1"))) : endedEarly(where, early),
        ),
      );
    const onError = (): void => finish(() => reject(endedEarly(where, early)));
    const finish = (settle: () => void): void => {
      clearTimeout(silence);
      stream.off("readable", onReadable).off("end", onEnd).off("close", onEnd).off("error", onError);
      if (length > 0 && !stream.destroyed && !stream.readableEnded) stream.unshift(Buffer.concat(chunks));
      settle();
    };
    stream.on("readable", onReadable).on("end", onEnd).on("close", onEnd).on("error", onError);
  });
}

const early = "before it said what it is";

/** Servers may greet before they name themselves, but not in other protocols' words. */
function isHopeless(text: string): boolean {
  return /^(?:HTTP\/|220[ -]|\+OK|\* OK|\x15\x03|\x16\x03|RFB )/.test(text);
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}
