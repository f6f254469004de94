import { tmpdir } from "node:os";
import { join } from "node:path";

export type Variables = Readonly<Record<string, string | undefined>>;

/** The action's own folder: results, reports, and the note of running servers that the post step reads. */
export function actionFolder(env: Variables): string {
  return join(env["RUNNER_TEMP"] || tmpdir(), "serving-gate");
}

export function serverNote(env: Variables): string {
  return join(actionFolder(env), "servers.json");
}
