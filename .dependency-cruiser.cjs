/** Which layer may import which. Anything not listed is an error; see ARCHITECTURE.md. */
const mayImport = {
  "^src/core/": ["^src/core/"],
  "^src/gate/": ["^src/core/", "^src/gate/"],
  "^src/engine/": ["^src/core/", "^src/engine/"],
  "^src/entry/": ["^src/"],
};
const adapters = ["git", "github", "host", "openai", "render", "server", "storage"];
for (const name of adapters) {
  mayImport[`^src/adapters/${name}/`] = ["^src/core/", "^src/gate/ports\\.ts$", `^src/adapters/${name}/`];
}

const layers = Object.entries(mayImport).map(([from, to]) => ({
  name: `layer ${from}`,
  severity: "error",
  from: { path: from },
  to: { path: "^src/", pathNot: to },
}));

module.exports = {
  forbidden: [
    ...layers,
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "core-is-pure",
      comment: "no Node in core",
      severity: "error",
      from: { path: "^src/core/" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "only-the-rim-knows-github",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(entry|adapters/github)/" },
      to: { path: "node_modules/@actions/" },
    },
    {
      name: "known-adapters-only",
      severity: "error",
      from: { path: `^src/adapters/(?!(${adapters.join("|")})/)` },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
