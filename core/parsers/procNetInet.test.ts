import assert from "node:assert/strict";
import { describeHostileText } from "#test/parsers/describeHostileText";
import { parseProcNetInet } from "./procNetInet.ts";

const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000000000000000 100 0 0 10 0
   1: 0200A8C0:9C40 010200C0:0D05 01 00000000:00000000 02:0000A5F2 00000000  1000        0 23456 2 0000000000000000 20 4 30 10 -1
`;
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1 0000000000000000 100 0 0 10 0
`;

describe("parseProcNetInet", () => {
  it("reads listening and connected sockets with owner and inode", () => {
    assert.deepEqual(parseProcNetInet(tcp, "tcp").value, [
      {
        localAddress: "127.0.0.1",
        localPort: 8080,
        remoteAddress: "0.0.0.0",
        remotePort: 0,
        state: "LISTEN",
        uid: 0,
        inode: "12345",
      },
      {
        localAddress: "192.168.0.2",
        localPort: 40000,
        remoteAddress: "192.0.2.1",
        remotePort: 3333,
        state: "ESTABLISHED",
        uid: 1000,
        inode: "23456",
      },
    ]);
  });

  it("reads IPv6", () => {
    const [socket] = parseProcNetInet(tcp6, "tcp").value;
    assert.deepEqual([socket?.localAddress, socket?.localPort, socket?.inode], ["::", 22, "777"]);
  });

  it("gives a state to connected UDP only", () => {
    const states = parseProcNetInet(tcp.replace(" 0A ", " 07 "), "udp").value.map(({ state }) => state);
    assert.deepEqual(states, ["", "ESTABLISHED"]);
  });

  it("goes on after a line that it cannot read", () => {
    const { value, problems } = parseProcNetInet(`${tcp}  2: garbage\n${tcp6.split("\n")[1]}\n`, "tcp");
    assert.equal(value.length, 3);
    assert.equal(problems.length, 1);
  });

  describeHostileText((text) => parseProcNetInet(text, "tcp"), tcp + tcp6);
});
