import { expect, test } from "@jest/globals";
import { commentMarker, isFromLaterRun, parseCommentMarker } from "../../../src/core/report/comment-marker.ts";

const marker = { key: "llama-3.2_gate", headSha: "0a1b2c", runId: "18446744073709551616" };

test("a marker is read back from the start of a comment", () => {
  expect(commentMarker(marker)).toBe(
    "<!-- serving-gate:report key=llama-3.2_gate head=0a1b2c run=18446744073709551616 -->",
  );
  expect(parseCommentMarker(`${commentMarker(marker)}\n### Report`)).toEqual(marker);
});

test.each([
  ["quoted", `> ${commentMarker(marker)}`],
  ["after text", `hello\n${commentMarker(marker)}`],
  ["of another tool", "<!-- other-gate:report key=a head=b run=1 -->"],
  ["cut short", "<!-- serving-gate:report key=a head=b"],
  ["empty", ""],
])("a marker %s is none", (_what, body) => {
  expect(parseCommentMarker(body)).toBeUndefined();
});

test("runs are ordered by number, not by text, however long", () => {
  const run = (runId: string) => ({ ...marker, runId });
  expect(isFromLaterRun(run("1000"), run("999"))).toBe(true);
  expect(isFromLaterRun(run("9007199254740993"), run("9007199254740992"))).toBe(true);
  expect(isFromLaterRun(run("5"), run("5"))).toBe(false);
  expect(isFromLaterRun(run(""), run("5"))).toBe(false);
});
