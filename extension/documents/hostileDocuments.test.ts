import assert from "node:assert/strict";
import fc from "fast-check";
import { showText } from "#core/text/showBytes";
import {
  hostileAlarm,
  hostileEntry,
  hostileItem,
  hostilePlan,
  hostileResult,
  hostileTexts,
  hostileTimes,
} from "#test/workbench/hostileHost";
import { noticeText, pickText } from "../dialogs/shownText.ts";
import { defang } from "./defang.ts";
import { describeAlarm } from "./describeAlarm.ts";
import { describeAutostartItem } from "./describeAutostartItem.ts";
import { describeJournal } from "./describeJournal.ts";
import { describePlan, describeResult, describeUndo, stepTitle } from "./describePlan.ts";

/** As for rows, but documents have lines. */
const unsafe = /[^\P{Cc}\n]|[\p{Cf}\u2028\u2029\u115F\u3164]|\p{Variation_Selector}/u;
const live = /https?:\/\/|command:|vscode(-insiders)?:|\bfile:|\bmailto:/i;

function documentsOf(text: string, time = 0): readonly string[] {
  const plan = hostilePlan(text, time);
  const result = hostileResult(plan, text);
  return [
    describeAlarm(hostileAlarm(text, time), text),
    describePlan(plan, { label: text, environment: text }),
    describeResult(plan, result),
    describeUndo(text, result, text),
    describeAutostartItem(hostileItem(text, time)),
    describeJournal([hostileEntry(text, time)], text),
    ...plan.steps.map((step) => defang(stepTitle(step))),
  ];
}

function assertHarmless(text: string, time = 0): void {
  for (const document of documentsOf(text, time)) {
    assert.doesNotMatch(document, unsafe);
    assert.doesNotMatch(document, live);
  }
}

describe("F1 documents", () => {
  for (const text of hostileTexts) {
    it(`hold “${showText(text)}” without control characters and without a live link`, () => assertHarmless(text));
  }

  it("hold any text without control characters and without a live link", () => {
    const piece = fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.constantFrom(...hostileTexts));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => assertHarmless(pieces.join(""))),
      { numRuns: 100 },
    );
  });

  it("F7 hold impossible times in words", () => {
    for (const time of hostileTimes)
      for (const document of documentsOf("x", time)) assert.doesNotMatch(document, /NaN|Invalid/);
  });

  it("keep what a reader needs: the pid, the path, the points for and against", () => {
    const text = describeAlarm({ ...hostileAlarm("x"), title: "Miner", file: { path: "/tmp/.x/kdevtmpfsi" } }, "web-1");
    for (const part of ["Miner", "web-1", "/tmp/.x/kdevtmpfsi", "7 x", "+50", "-5"])
      assert.ok(text.includes(part), part);
  });

  it("say before the steps what can't be taken back", () => {
    const plan = { ...hostilePlan("x"), irreversible: ["A killed process does not come back."] };
    const text = describePlan(plan, { label: "web-1" });
    assert.ok(text.indexOf("A killed process") < text.indexOf("STEPS"));
    assert.match(text, /CANNOT BE UNDONE/);
  });
});

describe("F1 texts of dialogs", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.constantFrom(...hostileTexts, "$", "(", "]", "("),
  );

  it("of quick picks hold no icon and no control character", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
        const shown = pickText(pieces.join(""));
        assert.ok(!shown.includes("$("));
        assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}]/u);
      }),
    );
  });

  it("of notifications and prompts hold no link, no icon and no control character", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
        const shown = noticeText(pieces.join(""));
        assert.ok(!shown.includes("$(") && !shown.includes("]("), shown);
        assert.doesNotMatch(shown, live);
        assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}]/u);
        assert.ok(shown.length < 1000);
      }),
    );
  });

  it("keep plain words as they are", () => {
    assert.equal(noticeText("Done on web-3 (production): 4 steps."), "Done on web-3 (production): 4 steps.");
    assert.equal(pickText("/usr/bin/node [worker]"), "/usr/bin/node [worker]");
  });
});
