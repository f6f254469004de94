import { saveState } from "@actions/core";
import { guardedWriter } from "../adapters/github/command-guard.ts";
import { hideFromLog, runnerSurface } from "../adapters/github/runner-surface.ts";
import { serverNote } from "./action-folder.ts";
import { runAction } from "./action-run.ts";
import { composeWorld } from "./compose.ts";
import { logProgress } from "./progress/log-progress.ts";
import { stopSignals } from "./stop-signals.ts";

const log = guardedWriter((text) => process.stdout.write(text));

async function main(): Promise<number> {
  const { env } = process;
  const note = serverNote(env);
  // Before anything is started: the post step must find it, however this process ends.
  saveState("servers", note);
  const { signal, release } = stopSignals();
  try {
    return await runAction({
      env,
      signal,
      log,
      hide: hideFromLog,
      surface: runnerSurface({ summaryPath: env["GITHUB_STEP_SUMMARY"] }),
      world: composeWorld({ progress: logProgress(log), stateFile: note }),
    });
  } finally {
    release();
  }
}

// Node would print a stack as it is, and the runner would look for commands in it.
process.on("uncaughtException", (error) => {
  log(error.stack ?? String(error));
  process.exit(1);
});
process.exitCode = await main();
