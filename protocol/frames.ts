import { OpsError } from "#core/opsError";
import type { FrameLimits } from "./limits.ts";

/** How text becomes bytes and back; handed in because this folder knows no platform. */
export interface Utf8 {
  encode(text: string): Uint8Array;
  /** @throws when the bytes are not UTF-8 */
  decode(bytes: Uint8Array): string;
}

const headerEnd = [13, 10, 13, 10] as const;
const longestHeader = 64;

/** One message as bytes: `Content-Length: N`, an empty line, and the body, as in the Language Server Protocol. */
export function encodeFrame(utf8: Utf8, message: unknown): Uint8Array {
  const body = utf8.encode(JSON.stringify(message));
  const header = utf8.encode(`Content-Length: ${body.length}\r\n\r\n`);
  const frame = new Uint8Array(header.length + body.length);
  frame.set(header, 0);
  frame.set(body, header.length);
  return frame;
}

/**
 * Cuts a stream of bytes into messages. Anything that is not exactly a frame within the
 * limits ends the stream with `protocolViolation`: after garbage nothing can be trusted.
 */
export class FrameDecoder {
  readonly #utf8: Utf8;
  readonly #limits: FrameLimits;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #totalBytes = 0;
  #bodyBytes: number | undefined;

  constructor(utf8: Utf8, limits: FrameLimits) {
    this.#utf8 = utf8;
    this.#limits = limits;
  }

  /**
   * @returns the messages that this chunk completes
   * @throws OpsError `protocolViolation`
   */
  push(chunk: Uint8Array): unknown[] {
    this.#totalBytes += chunk.length;
    if (this.#totalBytes > this.#limits.totalBytes) throw violation("sent more bytes than one session may carry");
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    const messages: unknown[] = [];
    for (;;) {
      if (this.#bodyBytes === undefined) {
        const header = this.#takeHeader();
        if (header === undefined) return messages;
        this.#bodyBytes = parseHeader(this.#utf8.decode(header), this.#limits.frameBytes);
      }
      if (this.#pendingBytes < this.#bodyBytes) return messages;
      const body = this.#take(this.#bodyBytes);
      this.#bodyBytes = undefined;
      messages.push(this.#parse(body));
    }
  }

  #takeHeader(): Uint8Array | undefined {
    const head = this.#peek(longestHeader);
    for (let end = 0; end + headerEnd.length <= head.length; end += 1) {
      if (headerEnd.every((byte, offset) => head[end + offset] === byte)) return this.#take(end + headerEnd.length);
    }
    if (head.length >= longestHeader) throw violation("sent something that is not a message");
    return undefined;
  }

  #peek(count: number): Uint8Array {
    if ((this.#pending[0]?.length ?? 0) >= count) return (this.#pending[0] ?? new Uint8Array()).subarray(0, count);
    const available = Math.min(count, this.#pendingBytes);
    const head = new Uint8Array(available);
    let filled = 0;
    for (const chunk of this.#pending) {
      if (filled >= available) break;
      const part = chunk.subarray(0, available - filled);
      head.set(part, filled);
      filled += part.length;
    }
    return head;
  }

  #take(count: number): Uint8Array {
    const taken = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const chunk = this.#pending[0] ?? new Uint8Array();
      const part = chunk.subarray(0, count - filled);
      taken.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) this.#pending.shift();
      else this.#pending[0] = chunk.subarray(part.length);
    }
    this.#pendingBytes -= count;
    return taken;
  }

  #parse(body: Uint8Array): unknown {
    let text: string;
    try {
      text = this.#utf8.decode(body);
    } catch (cause) {
      throw violation("sent a message that is not UTF-8", cause);
    }
    if (isTooDeep(text, this.#limits.depth)) throw violation("sent a message that is nested too deeply");
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch (cause) {
      throw violation("sent a message that is not JSON", cause);
    }
    if (text.includes("__proto__") && hasForbiddenKey(message)) throw violation("sent a message with a forbidden key");
    if (typeof message !== "object" || message === null || Array.isArray(message)) {
      throw violation("sent a message that is not an object");
    }
    return message;
  }
}

function parseHeader(header: string, frameBytes: number): number {
  const match = /^Content-Length: (\d{1,10})\r\n\r\n$/.exec(header);
  if (!match) throw violation("sent something that is not a message");
  const length = Number(match[1]);
  if (length > frameBytes)
    throw violation(`announced a message of ${length} bytes, more than the limit of ${frameBytes}`);
  return length;
}

/** Counts brackets outside strings before JSON.parse, whose recursion and whose results' consumers have no limit. */
function isTooDeep(text: string, limit: number): boolean {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isInString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) isInString = false;
    } else if (code === 0x22) isInString = true;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return false;
}

function hasForbiddenKey(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasForbiddenKey);
  return Object.entries(value).some(([key, child]) => key === "__proto__" || hasForbiddenKey(child));
}

function violation(what: string, cause?: unknown): OpsError {
  return new OpsError("protocolViolation", `The other end ${what}; the session was ended.`, {
    nextStep: "Connect again. If it happens again, treat what this host reports as unreliable.",
    cause,
  });
}
