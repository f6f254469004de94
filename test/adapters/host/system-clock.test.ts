import { expect, test } from "@jest/globals";
import { systemClock } from "../../../src/adapters/host/system-clock.ts";

const clock = systemClock();

test("a sleep never ends before its time", async () => {
  const atMs = clock.nowMs() + 5.3;
  await clock.sleepUntil(atMs);
  expect(clock.nowMs()).toBeGreaterThanOrEqual(atMs);
});

test("a moment that has passed is no wait", async () => {
  await expect(clock.sleepUntil(clock.nowMs() - 1)).resolves.toBeUndefined();
});

test("a sleep ends with the signal's reason", async () => {
  const controller = new AbortController();
  const sleep = clock.sleepUntil(clock.nowMs() + 3_600_000, controller.signal);
  const reason = new Error("cancelled");
  controller.abort(reason);
  await expect(sleep).rejects.toBe(reason);
  await expect(clock.sleepUntil(clock.nowMs() + 1, controller.signal)).rejects.toBe(reason);
});

test("a thousand sleeps on one signal leave no listener and raise no warning", async () => {
  const warnings: string[] = [];
  const note = (warning: Error): void => void warnings.push(warning.message);
  process.on("warning", note);
  const { signal } = new AbortController();
  const atMs = clock.nowMs() + 3;
  await Promise.all(Array.from({ length: 1000 }, () => clock.sleepUntil(atMs, signal)));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);
  expect(warnings).toEqual([]);
});

test("the event loop's delay is measured without the sampling interval", async () => {
  const stop = clock.watchEventLoop?.();
  await clock.sleepUntil(clock.nowMs() + 60);
  expect(stop?.()).toBeGreaterThanOrEqual(0);
});
