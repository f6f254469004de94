/** What a server tells of itself, and which dialect it speaks. */
import type { Backend } from "../../core/model/config.ts";
import type { ServerFacts } from "../../gate/ports.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { llamaCpp } from "./dialects/llama-cpp.ts";
import { ollama } from "./dialects/ollama.ts";
import { openai } from "./dialects/openai.ts";
import { sglang } from "./dialects/sglang.ts";
import { vllm } from "./dialects/vllm.ts";
import { countIn, isObject, type JsonObject, objectIn, parseJson, textIn } from "./json.ts";

/** The body of a page, or nothing where the server has none. */
export type ReadPage = (path: string) => Promise<string | undefined>;

/** In the order they are probed. */
const dialects: readonly Dialect[] = [llamaCpp, sglang, ollama, vllm, openai];

export function dialectNamed(backend: Backend): Dialect | undefined {
  return dialects.find(({ name }) => name === backend);
}

export interface Inspection {
  readonly facts: ServerFacts;
  readonly dialect: Dialect;
}

/** Finds what there is; a server without these pages has an empty list of models. */
export async function inspectServer(readPage: ReadPage, given: Dialect | undefined): Promise<Inspection> {
  const models = modelEntries(await readObject(readPage, "/v1/models"));
  const owned = dialects.find(
    ({ owner }) => owner !== undefined && models.some((model) => model["owned_by"] === owner),
  );
  const { dialect, page } = await findDialect(readPage, models, given ?? owned);
  const contextTokens = page === undefined ? undefined : dialect.contextTokens(page);
  const version = page === undefined ? undefined : dialect.version(page);
  return {
    dialect,
    facts: {
      models: models.flatMap((model) => modelFacts(model, contextTokens)),
      ...(version !== undefined && { version }),
      backend: dialect.name,
    },
  };
}

interface Found {
  readonly dialect: Dialect;
  /** Its own page about itself. */
  readonly page: JsonObject | undefined;
}

async function findDialect(
  readPage: ReadPage,
  models: readonly JsonObject[],
  known: Dialect | undefined,
): Promise<Found> {
  for (const dialect of known === undefined ? dialects : [known]) {
    for (const path of dialect.pages) {
      const page = await readObject(readPage, path);
      if (page !== undefined && (dialect === known || dialect.recognises(page, models))) return { dialect, page };
    }
  }
  return { dialect: known ?? openai, page: undefined };
}

async function readObject(readPage: ReadPage, path: string): Promise<JsonObject | undefined> {
  const text = await readPage(path);
  const parsed = text === undefined ? undefined : parseJson(text);
  return parsed !== undefined && isObject(parsed.value) ? parsed.value : undefined;
}

function modelEntries(page: JsonObject | undefined): readonly JsonObject[] {
  const data = page?.["data"];
  return Array.isArray(data) ? data.filter(isObject) : [];
}

/** What a request may use comes first: vLLM's and sglang's limit, a llama.cpp slot's, then what the model was trained for. */
function modelFacts(model: JsonObject, contextTokens: number | undefined): ServerFacts["models"] {
  const id = textIn(model, "id");
  if (id === undefined) return [];
  const meta = objectIn(model, "meta");
  const max =
    countIn(model, "max_model_len") ?? contextTokens ?? countIn(meta, "n_ctx") ?? countIn(meta, "n_ctx_train");
  return [{ id, ...(max !== undefined && max > 0 && { maxContextTokens: max }) }];
}
