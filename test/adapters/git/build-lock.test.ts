import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { lockBuild } from "../../../src/adapters/git/build-lock.ts";
import { anytime, scratchFolder } from "./repositories.ts";

const never = () => {
  throw new Error("nobody holds it");
};

test("a lock is held until it is released, and leaves nothing behind", async () => {
  const folder = scratchFolder();
  const release = await lockBuild(join(folder, "lock"), { signal: anytime, onWait: never });
  expect(readdirSync(folder)).toEqual(["lock"]);
  await release();
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ["of a process that is dead", () => ({ id: "x", pid: spawnSync("true").pid, host: hostname() }), 0],
  ["of a machine that has been silent for two minutes", () => ({ id: "x", pid: 1, host: "elsewhere" }), 120],
  ["that a crash cut short two minutes ago", () => undefined, 120],
])("a lock %s is taken over", async (_what, holder, ageSeconds) => {
  const path = join(scratchFolder(), "lock");
  writeFileSync(path, JSON.stringify(holder()) ?? "{");
  const touched = Date.now() / 1000 - ageSeconds;
  utimesSync(path, touched, touched);
  const release = await lockBuild(path, { signal: anytime, onWait: never });
  await release();
  expect(existsSync(path)).toBe(false);
});

test.each([
  ["a living process", { id: "x", pid: process.pid, host: hostname() }],
  ["another machine that gave a sign of life just now", { id: "x", pid: 1, host: "elsewhere" }],
])("who waits for %s is told whom for, and may give up", async (_whom, holder) => {
  const path = join(scratchFolder(), "lock");
  writeFileSync(path, JSON.stringify(holder));
  const giveUp = new AbortController();
  const reason = new Error("cancelled");
  const told: number[] = [];
  const onWait = ({ pid }: { readonly pid: number }) => {
    told.push(pid);
    giveUp.abort(reason);
  };
  await expect(lockBuild(path, { signal: giveUp.signal, onWait })).rejects.toBe(reason);
  expect(told).toEqual([holder.pid]);
  expect(existsSync(path)).toBe(true);
});
