import assert from "node:assert/strict";
import { addressScope } from "./addressScope.ts";

describe("addressScope", () => {
  const cases: readonly (readonly [string, ReturnType<typeof addressScope>])[] = [
    ["0.0.0.0", "unspecified"],
    ["::", "unspecified"],
    ["127.3.2.1", "loopback"],
    ["::1", "loopback"],
    ["10.255.0.1", "private"],
    ["172.15.0.1", "public"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["172.32.0.1", "public"],
    ["192.168.1.1", "private"],
    ["192.169.1.1", "public"],
    ["169.254.169.254", "private"],
    ["100.64.0.1", "private"],
    ["100.63.0.1", "public"],
    ["203.0.113.5", "public"],
    ["fd00::1", "private"],
    ["fe80::1", "private"],
    ["2001:db8::1", "public"],
  ];
  for (const [address, scope] of cases)
    it(`says that ${address} is ${scope}`, () => assert.equal(addressScope(address), scope));
});
