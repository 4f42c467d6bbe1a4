import assert from "node:assert/strict";
import { formatIpv4Word, formatIpv6Words } from "./ipAddress.ts";

describe("addresses of /proc/net", () => {
  it("are IPv4 in the byte order of the machine", () => {
    assert.equal(formatIpv4Word("0100007F"), "127.0.0.1");
    assert.equal(formatIpv4Word("FFFFFFFF"), "255.255.255.255");
    assert.equal(formatIpv4Word("0A0B0CF0"), "240.12.11.10");
  });

  const cases: readonly (readonly [why: string, hex: string, text: string])[] = [
    ["nothing", "00000000000000000000000000000000", "::"],
    ["loopback", "00000000000000000000000001000000", "::1"],
    ["zeros in the middle", "B80D0120000000000000000001000000", "2001:db8::1"],
    ["every byte in its place", "000080FE00000000FF57A6705DC771FE", "fe80::70a6:57ff:fe71:c75d"],
    ["an IPv4 peer of a dual-stack socket as IPv4", "0000000000000000FFFF00000100007F", "127.0.0.1"],
    ["the longest of two runs", "00000100020000000000000003000000", "1:0:0:2::3"],
    ["the first of two equal runs", "00000100020000000000000004000300", "1::2:0:0:3:4"],
    ["a single zero as it is", "02000100040003000600050008000000", "1:2:3:4:5:6:0:8"],
  ];
  for (const [why, hex, text] of cases) it(`show ${why}: ${text}`, () => assert.equal(formatIpv6Words(hex), text));
});
