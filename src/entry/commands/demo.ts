import { join, relative } from "node:path";
import { filterConfig } from "../../core/config/filter-config.ts";
import { withSummaries } from "../../core/metrics/with-summaries.ts";
import type { Config } from "../../core/model/config.ts";
import { GateError } from "../../core/model/gate-error.ts";
import { serialiseResults } from "../../core/model/result-file.ts";
import type { ResultsFile } from "../../core/model/results.ts";
import { exitCode } from "../../core/verdict/exit-code.ts";
import { judgeRun } from "../../core/verdict/judge-run.ts";
import { parseSlowdown } from "../../engine/options.ts";
import { measureCandidate } from "../../gate/measure-candidate.ts";
import type { Progress } from "../../gate/ports.ts";
import { type WrittenReports, writeReports } from "../../gate/write-reports.ts";
import { composeWorld, type World } from "../compose.ts";
import { EXIT } from "../exit-codes.ts";
import { readFlags } from "../flags.ts";
import { loadConfig } from "../load-config.ts";
import { packageRoot } from "../package-root.ts";
import { stderrProgress } from "../progress/stderr-progress.ts";
import { phaseLinks } from "../report-context.ts";
import { freshNonce } from "../run-identity.ts";
import { userStateFile } from "../state-file.ts";
import { stopSignals } from "../stop-signals.ts";
import { demoConfig } from "./demo-config.ts";

const BASELINE_RUNS = 5;

const help = `serving-gate demo [--language en|ru|both] [--regress itl=15%] [--out DIR]

The main job on the embedded engine: records a baseline of ${BASELINE_RUNS} short runs, measures a candidate of 3 trials,
gates it and writes the reports. Takes about a minute; needs no GPU.

      --language LANG   en, ru or both (both)
      --regress LOSS    make the candidate slower: itl=15%, ttft=20%, or both with a comma
      --out DIR         where the reports go (serving-gate-demo)
`;

interface Demo {
  readonly out: string;
  readonly language: "en" | "ru" | "both";
  readonly slowdown: string | undefined;
}

export async function demo(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, {
    flags: {
      help: { kind: "switch", short: "h" },
      language: { kind: "value" },
      regress: { kind: "value" },
      out: { kind: "value" },
    },
  });
  if (flags.has("help")) {
    process.stdout.write(help);
    return EXIT.ok;
  }
  const slowdown = flags.value("regress");
  const parsed = slowdown === undefined ? undefined : parseSlowdown(slowdown);
  for (const problem of parsed !== undefined && "problems" in parsed ? parsed.problems : []) {
    flags.problem(`--regress is "${slowdown}"; ${problem}`);
  }
  const language = flags.choice("language", ["en", "ru", "both"]) ?? "both";
  flags.assertNone("demo");
  return play({ out: flags.value("out") ?? "serving-gate-demo", language, slowdown });
}

async function play(demo: Demo): Promise<number> {
  const world = composeWorld({ progress: withoutPlans(stderrProgress()), stateFile: userStateFile() });
  const { signal, release } = stopSignals();
  try {
    const baseline = await recordBaseline(world, demo, signal);
    const configPath = join(demo.out, "serving-gate.yml");
    const config = await prepared(world, configPath, demo.slowdown);
    world.progress.report({
      kind: "note",
      text: `\nCandidate${demo.slowdown === undefined ? "" : `, made slower: ${demo.slowdown}`}`,
    });
    const startedMs = world.clock.nowMs();
    const candidate = await measured(world, config, { signal, path: join(demo.out, "results.json") });
    const comparison = judgeRun({ baseline, candidate, policy: config.gate });
    const links = phaseLinks(config);
    const written = await writeReports({
      dir: demo.out,
      language: demo.language,
      input: {
        candidate: withSummaries(candidate),
        baseline,
        comparison,
        policy: config.gate,
        ...(links === undefined ? {} : { phaseLinks: links }),
        context: {
          reproduceCommand: `node ${cliPath()}`,
          configPath,
          gpuMinutes: (world.clock.nowMs() - startedMs) / 60_000,
        },
      },
      renderer: world.renderer,
      files: world.files,
    });
    process.stdout.write(closing(written));
    return exitCode(comparison, config.gate);
  } finally {
    release();
  }
}

async function recordBaseline(world: World, demo: Demo, signal: AbortSignal): Promise<readonly ResultsFile[]> {
  const dir = join(demo.out, "baseline");
  const full = await prepared(world, join(demo.out, "baseline.yml"), undefined);
  const short = filterConfig(full, { trials: 1 });
  if (!short.ok) throw new GateError("bug", "the demo's own config does not take trials: 1");
  const records: ResultsFile[] = [];
  for (let run = 1; run <= BASELINE_RUNS; run += 1) {
    world.progress.report({ kind: "note", text: `\nBaseline run ${run} of ${BASELINE_RUNS}` });
    records.push(await measured(world, short.config, { signal, path: join(dir, `run-${run}.json`) }));
  }
  return records;
}

/** Writes the demo's config, so that the reports' reproduce lines work, and reads it as any other. */
async function prepared(world: World, path: string, slowdown: string | undefined): Promise<Config> {
  const cli = join(packageRoot, "dist", "cli.js");
  await world.files.write(path, demoConfig({ node: process.execPath, cli, slowdown }));
  return loadConfig(world.files, path, "run");
}

async function measured(
  world: World,
  config: Config,
  options: { signal: AbortSignal; path: string },
): Promise<ResultsFile> {
  const save = (results: ResultsFile) => world.files.write(options.path, serialiseResults(results));
  const ids = { signal: options.signal, nonce: freshNonce() };
  const { results, failure } = await measureCandidate({ config }, world, ids);
  await save(results);
  if (failure !== undefined)
    throw new GateError(failure.blame, failure.message, { cause: failure.cause, saved: [options.path] });
  return results;
}

/** A plan's minutes are those of a real engine; the demo's runs take seconds. */
function withoutPlans(progress: Progress): Progress {
  return { report: (event) => (event.kind === "plan" ? undefined : progress.report(event)) };
}

const cliPath = (): string => relative(process.cwd(), process.argv[1] ?? join(packageRoot, "dist", "cli.js"));

/** The comment's first lines, and where everything is. */
function closing({ commentBody, comments, servingLogs, results, comparison }: WrittenReports): string {
  const lines = commentBody.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("<!--"));
  const paths = [...comments, ...servingLogs, results, comparison].filter((path) => path !== undefined);
  return `\n${lines.slice(0, 2).join("\n")}\n\n${paths.map((path) => `  ${path}`).join("\n")}\n`;
}
