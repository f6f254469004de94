/** One point of the benchmark through our own path: driveWorkload over connectWith, as a trial does it. */
import { writeFileSync } from "node:fs";
import { systemClock } from "../../src/adapters/host/system-clock.ts";
import { connectWith } from "../../src/adapters/openai/connect.ts";
import { loadThreads } from "../../src/adapters/openai/threads/load-threads.ts";
import type { Workload } from "../../src/core/model/workload.ts";
import { drawSchedule } from "../../src/core/workload/schedule.ts";
import { driveWorkload } from "../../src/gate/drive-workload.ts";

const { url, requests, tokens, arrivals, flood, output, program, threads } = JSON.parse(process.argv[2] ?? "{}");
const workload: Workload = {
  name: "bench",
  title: "Bench",
  purpose: "",
  requests,
  warmup: 4,
  seed: 42,
  promptTokens: { kind: "fixed", tokens: 16 },
  outputTokens: { kind: "fixed", tokens },
  arrivals,
  sampling: { temperature: 0, ...(flood ? { flood: 1 } : {}) },
  purposeMetrics: [],
};
const schedule = drawSchedule(workload);
const planned = {
  workload,
  schedule: { ...schedule, warmup: schedule.warmup.map((request) => ({ ...request, outputTokens: 32 })) },
  notes: [],
};
const clock = systemClock();
const signal = new AbortController().signal;
const pool = loadThreads({ program, originNs: clock.originNs });
const client = connectWith(clock, pool)({ url, backend: "openai", requestTimeoutMs: 60_000, clientThreads: threads });
await client.inspect(signal);
let startCpu = process.cpuUsage();
// The measurement begins when the client is prepared.
const prepare = client.prepare?.bind(client);
client.prepare = async (work, until) => {
  await prepare?.(work, until);
  await fetch(`${url}/log`).then((answer) => answer.arrayBuffer());
  // The same pause as the readers': what the compiler's threads still do is over.
  await new Promise((resolve) => setTimeout(resolve, 500));
  startCpu = process.cpuUsage();
};
const measured = await driveWorkload({
  planned,
  model: "bench",
  client,
  clock,
  nonce: "12345678",
  charsPerToken: 4,
  signal,
});
const { user, system } = process.cpuUsage(startCpu);
await client.close();
await pool.close();
const answered = measured.requests.flatMap((trace) => (trace.outcome === "ok" ? [trace] : []));
const failed = measured.requests.find((trace) => trace.outcome === "error");
writeFileSync(
  output,
  JSON.stringify({
    tokens: answered.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
    spanMs: Math.max(...answered.map((one) => one.lastTokenMs)) - Math.min(...answered.map((one) => one.sentMs)),
    cpuS: (user + system) / 1e6,
    ttftMs: answered.map(({ firstTokenMs, sentMs }) => firstTokenMs - sentMs),
    itlMs: flood ? [] : answered.flatMap(({ tokenGapsMs }) => tokenGapsMs),
    latenessMs: measured.requests.map(({ sentMs, scheduledMs }) => sentMs - scheduledMs),
    peakMiB: process.resourceUsage().maxRSS / 1024,
    warnings: measured.warnings,
    ...(failed?.outcome === "error" && { failure: failed.error }),
  }),
);
