import { expect, test } from "@jest/globals";
import { dialectNamed, inspectServer } from "../../../src/adapters/openai/inspect.ts";

/** A server of these pages; any other is a 404. */
function server(pages: Readonly<Record<string, unknown>>) {
  const read: string[] = [];
  const readPage = async (path: string): Promise<string | undefined> => {
    read.push(path);
    const body = pages[path];
    return body === undefined || typeof body === "string" ? (body as string | undefined) : JSON.stringify(body);
  };
  return { readPage, read };
}
const list = (...models: object[]) => ({ object: "list", data: models });

test.each([
  [
    "vllm by its owner",
    { "/v1/models": list({ id: "m", owned_by: "vllm", max_model_len: 4096 }), "/version": { version: "0.11.0" } },
    { backend: "vllm", version: "0.11.0", models: [{ id: "m", maxContextTokens: 4096 }] },
  ],
  [
    "sglang by its model page",
    { "/v1/models": list({ id: "m", owned_by: "me" }), "/model_info": { model_path: "m", context_length: 2048 } },
    { backend: "sglang", models: [{ id: "m", maxContextTokens: 2048 }] },
  ],
  [
    "llama.cpp, whose slot is smaller than the model",
    {
      "/v1/models": list({ id: "m.gguf", owned_by: "llamacpp", meta: { n_ctx_train: 131072 } }),
      "/props": { default_generation_settings: { n_ctx: 512 }, build_info: "b6000" },
    },
    { backend: "llama-cpp", version: "b6000", models: [{ id: "m.gguf", maxContextTokens: 512 }] },
  ],
  [
    "ollama",
    { "/v1/models": list({ id: "m", owned_by: "library" }), "/api/version": { version: "0.12.0" } },
    { backend: "ollama", version: "0.12.0", models: [{ id: "m" }] },
  ],
  [
    "any other by what it has",
    { "/v1/models": list({ id: "m", meta: { n_ctx_train: 1024 } }, { no: "id" }, "text" as unknown as object) },
    { backend: "openai", models: [{ id: "m", maxContextTokens: 1024 }] },
  ],
  [
    "no vLLM in a server that has a version too",
    { "/v1/models": list({ id: "m" }), "/version": { version: "1.0" } },
    { backend: "openai", models: [{ id: "m" }] },
  ],
  [
    "vllm behind another owner by its version and limit",
    { "/v1/models": list({ id: "m", owned_by: "us", max_model_len: 4096 }), "/version": { version: "0.11.0" } },
    { backend: "vllm", version: "0.11.0", models: [{ id: "m", maxContextTokens: 4096 }] },
  ],
  ["a server without any page", {}, { backend: "openai", models: [] }],
  [
    "a server whose pages are HTML",
    { "/v1/models": "<html>", "/version": "<html>" },
    { backend: "openai", models: [] },
  ],
])("knows %s", async (_what, pages, facts) => {
  expect((await inspectServer(server(pages).readPage, undefined)).facts).toEqual(facts);
});

test("does not probe for other dialects than the one it was told", async () => {
  const { readPage, read } = server({ "/v1/models": list({ id: "m" }) });
  const { facts } = await inspectServer(readPage, dialectNamed("vllm"));
  expect(facts.backend).toBe("vllm");
  expect(read).toEqual(["/v1/models", "/version"]);
});
