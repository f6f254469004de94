/** How long `compare` takes on a full history: `npm run bench:compare [-- RUNS]`. Prints seconds and memory; asserts nothing. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [runs, cells, trials, requests, tokens] = [20, 30, 3, 48, 256];
const repeats = Number(process.argv[2] ?? 3);
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "bench-compare-"));
try {
  process.stdout.write(`${runs} runs × ${cells} cells × ${trials} trials × ${requests} requests × ${tokens} tokens\n`);
  for (const kind of ["requests", "summaries"]) {
    const baseline = join(folder, kind);
    mkdirSync(baseline);
    for (let day = 0; day < runs; day += 1) write(join(baseline, `${day}.json`), record(day));
    if (kind === "summaries") summarise(baseline);
    write(join(folder, "candidate.json"), record(99));
    report(kind, baseline);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function report(kind, baseline) {
  const seconds = [];
  let megabytes = 0;
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const started = performance.now();
    const words = [
      "compare",
      "--baseline",
      baseline,
      "--candidate",
      join(folder, "candidate.json"),
      "-o",
      join(folder, "out.json"),
    ];
    const script = `process.on("exit", () => process.stdout.write(String(process.resourceUsage().maxRSS)));
      process.argv.splice(1, 0, ${JSON.stringify(cli)}); await import(${JSON.stringify(cli)});`;
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script, ...words], { encoding: "utf8" });
    if (child.status !== 0) throw new Error(`compare ended with ${child.status}: ${child.stderr}`);
    seconds.push((performance.now() - started) / 1000);
    megabytes = Math.max(megabytes, Number(child.stdout) / 1024);
  }
  seconds.sort((a, b) => a - b);
  const median = seconds[Math.floor(seconds.length / 2)];
  process.stdout.write(
    `${kind.padEnd(10)} ${median.toFixed(2)} s (median of ${repeats}), at most ${megabytes.toFixed(0)} MiB\n`,
  );
}

function write(path, results) {
  writeFileSync(path, JSON.stringify(results));
}

/** As `baseline add --summary-only` keeps them. */
function summarise(baseline) {
  const store = join(folder, "store");
  const added = spawnSync(process.execPath, [cli, "baseline", "add", baseline, "--summary-only", "--store", store]);
  if (added.status !== 0) throw new Error(String(added.stderr));
  rmSync(baseline, { recursive: true });
  spawnSync("mv", [store, baseline]);
}

function record(day) {
  const slower = 1 + ((day * 7) % 11) / 1000;
  return {
    schema: "serving-gate/results@1",
    createdAt: new Date(Date.UTC(2026, 0, 1 + day)).toISOString(),
    environment: { fingerprint: "bench" },
    status: "accepted",
    cells: Array.from({ length: cells }, (_, cell) => ({
      phase: `phase-${cell % 3}`,
      model: `model-${cell % 2}`,
      workload: `workload-${cell}`,
      scheduleHash: "sha256:1",
      trials: Array.from({ length: trials }, (_, trial) => ({
        requests: Array.from({ length: requests }, (_, index) => request(index, slower + trial / 2000)),
      })),
    })),
  };
}

function request(index, slower) {
  const sentMs = index * 100;
  const gaps = Array.from(
    { length: tokens - 1 },
    (_, gap) => Math.round((10 + ((gap * 13 + index) % 7)) * slower * 1000) / 1000,
  );
  const firstTokenMs = sentMs + 40 * slower;
  const lastTokenMs = firstTokenMs + gaps.reduce((sum, gap) => sum + gap, 0);
  return {
    ...{ scheduledMs: sentMs, sentMs, firstTokenMs, lastTokenMs, endMs: lastTokenMs },
    ...{ promptTokens: 100, outputTokens: tokens, outcome: "ok", tokenGapsMs: gaps },
  };
}
