import { expect, test } from "@jest/globals";
import { ContiguousCache } from "../../src/engine/contiguous-cache.ts";
import type { StepWork } from "../../src/engine/gpu.ts";
import type { KvCache } from "../../src/engine/kv-cache.ts";
import { PagedCache } from "../../src/engine/paged-cache.ts";
import { Scheduler, type SchedulerSettings, type Step } from "../../src/engine/scheduler.ts";
import { newSequence, type Sequence } from "../../src/engine/sequence.ts";

const roomy = (): KvCache => new ContiguousCache({ kvTokens: 32_768, maxModelLen: 4096 });

/** A scheduler whose every step takes 10 ms, and the work of those steps. */
function rig(changed: Partial<SchedulerSettings> = {}, kvCache: KvCache = roomy()) {
  const works: StepWork[] = [];
  const scheduler = new Scheduler(
    { batching: "continuous", maxBatchSize: 8, maxModelLen: 4096, chunkedPrefill: false, batchWaitMs: 50, ...changed },
    {
      kvCache,
      stepMs: (work) => {
        works.push(work);
        return 10;
      },
    },
  );
  const submit = (promptTokens: number, maxTokens: number, arrivedAtMs = 0): Sequence => {
    const sequence = newSequence({ promptTokens, maxTokens, arrivedAtMs });
    scheduler.submit(sequence);
    return sequence;
  };
  const begin = (nowMs = 1000): Step => {
    const next = scheduler.nextStep(nowMs);
    if (next.kind !== "step") throw new Error(`the scheduler is ${next.kind}`);
    return next.step;
  };
  const run = (nowMs = 1000) => scheduler.complete(begin(nowMs));
  return { scheduler, works, submit, begin, run };
}

test("with nothing to do it is idle", () => {
  expect(rig().scheduler.nextStep(0)).toEqual({ kind: "idle" });
});

test("the step that prefills a prompt gives its first token, decode steps the rest", () => {
  const { scheduler, submit, run } = rig();
  const sequence = submit(100, 3);
  expect(run()).toEqual([sequence]);
  expect(run()).toEqual([sequence]);
  expect(run()).toEqual([sequence]);
  expect(scheduler.nextStep(0).kind).toBe("idle");
});

test("a whole prefill stops decoding for one step", () => {
  const { submit, run, works } = rig();
  const early = submit(100, 9);
  run();
  const late = submit(1000, 9);
  expect(run()).toEqual([late]);
  expect(works[1]).toEqual({ decodingSequences: 0, decodeKvTokens: 0, prefillTokens: 1000, prefillKvTokens: 0 });
  expect(run()).toEqual([early, late]);
});

test("chunked prefill fills each step of 256 tokens around decoding", () => {
  const { submit, run, works } = rig({ chunkedPrefill: true });
  const early = submit(100, 9);
  run();
  const late = submit(300, 9);
  expect(run()).toEqual([early]);
  expect(works[1]).toEqual({ decodingSequences: 1, decodeKvTokens: 101, prefillTokens: 255, prefillKvTokens: 0 });
  expect(run()).toEqual([early, late]);
  expect(works[2]).toEqual({ decodingSequences: 1, decodeKvTokens: 102, prefillTokens: 45, prefillKvTokens: 255 });
});

test("prompts that arrive together share a prefill as far as one of full length would", () => {
  const { submit, run } = rig({ maxModelLen: 1000 });
  const [first, second, third] = [submit(400, 2), submit(600, 2), submit(1, 2)];
  expect(run()).toEqual([first, second]);
  expect(run()).toEqual([third]);
});

test("a step asked for again before it is complete holds the prompts that came since", () => {
  const { submit, begin, run } = rig();
  const first = submit(100, 2);
  expect(begin().prefills).toEqual([{ sequence: first, tokens: 100 }]);
  const second = submit(50, 2);
  expect(run()).toEqual([first, second]);
});

test("static batching drains a batch before the next one starts", () => {
  const { submit, run, scheduler } = rig({ batching: "static", maxBatchSize: 2 });
  const [short, long, next] = [submit(10, 1), submit(10, 3), submit(10, 1)];
  expect(run()).toEqual([short, long]);
  expect(run()).toEqual([long]);
  expect(run()).toEqual([long]);
  expect(scheduler.counts).toEqual({ running: 0, waiting: 1, preemptions: 0 });
  expect(run()).toEqual([next]);
});

test("static batching waits 50 ms for a fuller batch, and not at all for a full one", () => {
  const { submit, scheduler } = rig({ batching: "static", maxBatchSize: 2 });
  submit(10, 1, 100);
  expect(scheduler.nextStep(120)).toEqual({ kind: "wait", untilMs: 150 });
  submit(10, 1, 121);
  expect(scheduler.nextStep(121).kind).toBe("step");
});

test("admission is first come, first served, up to the batch size", () => {
  const { submit, begin, scheduler } = rig({ maxBatchSize: 2 });
  const [first, second] = [submit(10, 5), submit(10, 5), submit(10, 5)];
  expect(begin().prefills.map(({ sequence }) => sequence)).toEqual([first, second]);
  expect(scheduler.counts).toEqual({ running: 2, waiting: 1, preemptions: 0 });
});

test("a cancelled sequence gets no token from the running step and frees its place", () => {
  const { submit, begin, scheduler } = rig({ maxBatchSize: 1 });
  const gone = submit(10, 5);
  const next = submit(10, 5);
  const step = begin();
  scheduler.cancel(gone);
  expect(scheduler.complete(step)).toEqual([]);
  expect(begin().prefills).toEqual([{ sequence: next, tokens: 10 }]);
});

test("a cancelled sequence that waits is never admitted", () => {
  const { submit, scheduler } = rig();
  scheduler.cancel(submit(10, 5));
  expect(scheduler.nextStep(0)).toEqual({ kind: "idle" });
});

test("when blocks run out the newest sequence is computed again later, and loses no token", () => {
  // 5 blocks of 16: both prompts take 2, so the second to pass 32 tokens finds none.
  const { submit, run, scheduler } = rig({}, new PagedCache({ kvTokens: 80 }));
  const older = submit(31, 4);
  const newer = submit(30, 4);
  const served: Sequence[] = [];
  while (scheduler.counts.running + scheduler.counts.waiting > 0) served.push(...run());
  expect(scheduler.counts.preemptions).toBe(1);
  expect(served.filter((sequence) => sequence === older)).toHaveLength(4);
  expect(served.filter((sequence) => sequence === newer)).toHaveLength(4);
});
