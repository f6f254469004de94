/** dependency-cruiser exits 0 when it could read no module at all: that must not look like clean layers. */
import { cruise } from "dependency-cruiser";

const { output } = await cruise(["src"], { doNotFollow: { path: "node_modules" }, tsPreCompilationDeps: true });
const seen = output.modules.filter((module) => module.source.startsWith("src/")).length;
if (seen < 20) {
  console.error(`layers: only ${seen} modules of src were read; expected at least 20. Check the TypeScript version.`);
  process.exit(1);
}
