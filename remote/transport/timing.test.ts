import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Patience } from "./patience.ts";
import { defaultTiming } from "./timing.ts";

describe("the time limits of a connection", () => {
  it("A11 notice a silent host within a minute by default", () => {
    assert(defaultTiming.keepaliveIntervalMs * (defaultTiming.keepaliveCount + 1) < 60_000);
  });

  it("A2 stand still while the operator thinks, and give the full time afterwards", async () => {
    let isExpired = false;
    const patience = new Patience(80, () => {
      isExpired = true;
    });
    await patience.pausedWhile(async () => {
      await patience.pausedWhile(() => delay(100));
      await delay(100);
    });
    await delay(40);
    assert.equal(isExpired, false);
    await delay(100);
    assert.equal(isExpired, true);
    patience.stop();
    patience.restart();
  });
});
