import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { resultsJsonSchema } from "../../src/core/model/results-schema.ts";
import { CLIENT_VERSION } from "../../src/core/model/version.ts";

const read = (path: string) => readFileSync(path, "utf8");
const documents = ["README.md", "README.ru.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].concat(
  readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => join("docs", path)),
);

describe("ARCHITECTURE.md", () => {
  const map = read("ARCHITECTURE.md");
  const named = [...map.matchAll(/^\| `([\w/-]+\/)` /gm)].map(([, folder]) => folder ?? "");

  test("stays a page that is read in one go", () => {
    expect(map.split("\n").length).toBeLessThanOrEqual(150);
  });

  test("names only folders that exist", () => {
    expect(named.filter((folder) => !existsSync(folder))).toEqual([]);
  });

  test("names every room of the house", () => {
    const rooms = ["core", "adapters"].flatMap((layer) =>
      readdirSync(join("src", layer), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `src/${layer}/${name}/`),
    );
    const layers = ["src/gate/", "src/engine/", "src/entry/"];
    expect([...rooms, ...layers].filter((room) => !named.includes(room))).toEqual([]);
  });

  test("names only files that exist", () => {
    const files = [...map.matchAll(/`((?:core|gate|adapters|entry|engine)\/[\w/.-]+\.ts)`/g)].map(
      ([, file]) => file ?? "",
    );
    expect(files.length).toBeGreaterThan(3);
    expect(files.filter((file) => !existsSync(join("src", file)))).toEqual([]);
  });
});

test.each(documents)("every link of %s leads somewhere", (document) => {
  const links = [...read(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => link ?? "");
  const local = links.filter((link) => !/^https?:/.test(link));
  expect(local.filter((link) => !existsSync(join(dirname(document), link)))).toEqual([]);
});

test("the schema file is what the code checks", () => {
  expect(JSON.parse(read("schema/results.schema.json"))).toEqual(JSON.parse(JSON.stringify(resultsJsonSchema())));
});

test("the version in the code is that of the package", () => {
  expect(JSON.parse(read("package.json"))).toMatchObject({ version: CLIENT_VERSION });
});

describe.each([
  ["README.md", "en"],
  ["README.ru.md", "ru"],
])("the tables of %s", (file, language) => {
  test("are those of action.yml", async () => {
    const { inputTable, outputTable } = await import("../../scripts/action-tables.mjs" as string);
    const action = parse(read("action.yml"));
    expect(read(file)).toContain(`${inputTable(action, language)}\n<!-- /generated:inputs -->`);
    expect(read(file)).toContain(`${outputTable(action, language)}\n<!-- /generated:outputs -->`);
  });
});

describe("the workflows", () => {
  const workflows = readdirSync(".github/workflows").map((name) => join(".github/workflows", name));

  test.each(workflows)("%s pins every foreign action by commit", (path) => {
    const uses = [...read(path).matchAll(/uses: (\S+)/g)].map(([, action]) => action ?? "");
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((action) => action !== "./" && !/@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });

  test.each(workflows)("%s grants only what it names", (path) => {
    expect(parse(read(path))).toHaveProperty("permissions");
  });
});
