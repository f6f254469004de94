import { GateError } from "../../core/model/gate-error.ts";
import { engineHelp, parseEngineArgs } from "../../engine/options.ts";
import { startEngine } from "../../engine/serve.ts";
import { EXIT } from "../exit-codes.ts";
import { stopSignals } from "../stop-signals.ts";

/** Serves until it is told to stop. */
export async function serve(argv: readonly string[]): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    process.stdout.write(engineHelp);
    return EXIT.ok;
  }
  const parsed = parseEngineArgs(argv);
  if ("problems" in parsed)
    throw new GateError("config", parsed.problems.map((problem) => `serve: ${problem}`).join("\n"));
  const { signal, release } = stopSignals();
  const engine = await startEngine(parsed.options, { signal });
  process.stdout.write(`listening on ${engine.url}\n`);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await engine.close();
  release();
  return EXIT.ok;
}
