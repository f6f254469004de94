import { describe, expect, test } from "@jest/globals";
import { logProgress } from "../../src/entry/progress/log-progress.ts";
import { terminalProgress } from "../../src/entry/progress/terminal-progress.ts";
import type { ProgressEvent } from "../../src/gate/progress-event.ts";

const plan = { kind: "plan", starts: 3, workloads: 5, trials: 3, estimatedMinutes: 11.2 } as const;
const measured: ProgressEvent = {
  ...{ kind: "measured", workload: "baseline", failed: 0 },
  ...{ outputTokensPerSecond: 88.46, ttftP50Ms: 35.2, itlP50Ms: 11.04 },
};

function logged(...events: readonly ProgressEvent[]): readonly string[] {
  const lines: string[] = [];
  const progress = logProgress((line) => lines.push(line));
  for (const event of events) progress.report(event);
  return lines;
}

describe("a log", () => {
  test("has a line for what is done, and none for what is going on", () => {
    const request = { kind: "request", workload: "baseline", done: 1, of: 10, failed: 0, outputTokens: 5 } as const;
    expect(logged(plan, { kind: "workload", workload: "baseline", requests: 10 }, request, measured)).toEqual([
      "Plan: 3 trials of 5 workloads with 3 server starts; about 12 minutes.",
      "  baseline             88.5 tok/s, TTFT P50 35 ms, ITL P50 11.0 ms",
    ]);
  });

  test("speaks of a running server where none is started", () => {
    expect(logged({ ...plan, starts: 0, trials: 1, workloads: 1, estimatedMinutes: 0.4 })).toEqual([
      "Plan: 1 trial of 1 workload on a running server; about a minute.",
    ]);
  });

  test("tells every ten seconds that a server still loads, with its last words", () => {
    const loading = (seconds: number) =>
      ({ kind: "loading", elapsedMs: seconds * 1000, lastLogLine: `${seconds} %` }) as const;
    expect(logged(...[1, 9, 10, 11, 19, 21].map(loading))).toEqual([
      "  loading for 10 s: 10 %",
      "  loading for 21 s: 21 %",
    ]);
  });
});

describe("a terminal", () => {
  const shown = (...events: readonly ProgressEvent[]) => {
    let text = "";
    const progress = terminalProgress({
      write: (part) => {
        text += part;
      },
      columns: 40,
    });
    for (const event of events) progress.report(event);
    return text;
  };

  test("has one line that lives and is cleared before the next", () => {
    expect(shown({ kind: "warmup", workload: "baseline" }, measured)).toBe(
      "  baseline             warming up\r\u001b[2K  baseline             88.5 tok/s, TTFT P50 35 ms, ITL P50 11.0 ms\n",
    );
  });

  test("gets no control sequence from a server's log, and no line longer than itself", () => {
    const hostile = shown({
      kind: "loading",
      elapsedMs: 1000,
      lastLogLine: `\u001b]0;title\u0007\r${"x".repeat(200)}`,
    });
    expect(hostile).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(hostile.length).toBeLessThan(40);
  });
});
