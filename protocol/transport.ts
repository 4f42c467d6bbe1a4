import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from "vscode-jsonrpc";
import type { FrameLimits } from "./limits.ts";
import { FrameDecoder, encodeFrame, type Utf8 } from "./frames.ts";

/** A two-way stream of bytes: a process's stdio, an SSH channel, a pair of test streams. */
export interface ByteChannel {
  onData(listener: (chunk: Uint8Array) => void): void;
  onEnd(listener: () => void): void;
  /** Resolves when the other end can take more. */
  write(bytes: Uint8Array): Promise<void>;
  end(): void;
}

/** The reading half of a connection over our own bounded frames. */
export class BoundedMessageReader extends AbstractMessageReader implements MessageReader {
  readonly #channel: ByteChannel;
  readonly #decoder: FrameDecoder;
  #isClosed = false;

  constructor(channel: ByteChannel, utf8: Utf8, limits: FrameLimits) {
    super();
    this.#channel = channel;
    this.#decoder = new FrameDecoder(utf8, limits);
  }

  listen(callback: DataCallback): Disposable {
    this.#channel.onData((chunk) => {
      if (this.#isClosed) return;
      try {
        for (const message of this.#decoder.push(chunk)) callback(message as Message);
      } catch (error) {
        this.fireError(error);
        this.#close();
        this.#channel.end();
      }
    });
    this.#channel.onEnd(() => this.#close());
    return { dispose: () => this.#close() };
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.fireClose();
  }
}

/** The writing half. */
export class FrameMessageWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #channel: ByteChannel;
  readonly #utf8: Utf8;

  constructor(channel: ByteChannel, utf8: Utf8) {
    super();
    this.#channel = channel;
    this.#utf8 = utf8;
  }

  async write(message: Message): Promise<void> {
    await this.#channel.write(encodeFrame(this.#utf8, message));
  }

  end(): void {
    this.#channel.end();
  }
}
