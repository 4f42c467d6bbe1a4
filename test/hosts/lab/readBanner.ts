import net from "node:net";

/** The first bytes a server says on its own within three seconds; empty when it says nothing. */
export async function readBanner(host: string, port: number): Promise<string> {
  return await new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const finish = (text: string): void => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(3000, () => finish(""));
    socket.once("data", (chunk) => finish(chunk.toString("latin1")));
    socket.once("error", () => finish(""));
    socket.once("close", () => finish(""));
  });
}
