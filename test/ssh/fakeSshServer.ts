import type { AddressInfo, Socket } from "node:net";
import type { AuthContext, Connection, ParsedKey, ServerConfig, Session } from "ssh2";
import { Server, utils } from "ssh2";

export interface FakeSshServerOptions {
  /** Private host keys in PEM or OpenSSH format. */
  readonly hostKeys: readonly string[];
  readonly onAuthentication?: (context: AuthContext, attempt: number) => void;
  readonly onSession?: (session: Session) => void;
  /** For what the options above do not cover, such as forwarding requests. */
  readonly onConnection?: (connection: Connection) => void;
  readonly algorithms?: ServerConfig["algorithms"];
  readonly banner?: string;
  /** Default: a free one. */
  readonly port?: number;
}

/** An SSH server in this process that does what a test tells it to. */
export class FakeSshServer {
  readonly port: number;
  /** Authentication requests after "none", as `method` or `publickey:fingerprint type`. */
  readonly attempts: string[];
  /** How many connections came in. */
  readonly connections: { count: number };
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(
    server: Server,
    attempts: string[],
    connections: { count: number },
    sockets: ReadonlySet<Socket>,
  ) {
    this.#server = server;
    this.attempts = attempts;
    this.connections = connections;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(options: FakeSshServerOptions): Promise<FakeSshServer> {
    const attempts: string[] = [];
    const connections = { count: 0 };
    const sockets = new Set<Socket>();
    const server = new Server(
      {
        hostKeys: [...options.hostKeys],
        ...(options.algorithms === undefined ? {} : { algorithms: options.algorithms }),
        ...(options.banner === undefined ? {} : { banner: options.banner }),
      },
      (connection: Connection) => {
        connections.count += 1;
        connection.on("error", () => {});
        options.onConnection?.(connection);
        connection.on("authentication", (context) => {
          if (context.method !== "none") attempts.push(context.method);
          if (options.onAuthentication) options.onAuthentication(context, attempts.length);
          else context.accept();
        });
        connection.on("session", (accept) => {
          const session = accept();
          if (options.onSession) options.onSession(session);
          else echoCommands(session);
        });
      },
    );
    // ssh2's server hands out no sockets, and a test must be able to end them all.
    const inner = (server as unknown as { _srv: { on(event: "connection", listener: (socket: Socket) => void): void } })
      ._srv;
    inner.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
    return new FakeSshServer(server, attempts, connections, sockets);
  }

  /** Connections that are open now. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** A new key pair for a server or a user. */
export function newKeyPair(type: "ed25519" | "rsa" | "ecdsa" = "ed25519"): {
  readonly privateKey: string;
  /** `type base64`. */
  readonly publicKey: string;
  readonly blob: Buffer;
} {
  const pair =
    type === "ed25519"
      ? utils.generateKeyPairSync("ed25519")
      : type === "rsa"
        ? utils.generateKeyPairSync("rsa", { bits: 2048 })
        : utils.generateKeyPairSync("ecdsa", { bits: 256 });
  const parsed = utils.parseKey(pair.public) as ParsedKey;
  return { privateKey: pair.private, publicKey: pair.public.trim(), blob: parsed.getPublicSSH() };
}

/** Answers every command with its own text. */
function echoCommands(session: Session): void {
  session.on("exec", (accept, _reject, info) => {
    const channel = accept();
    channel.write(info.command);
    channel.exit(0);
    channel.end();
  });
}
