import { afterEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../../src/adapters/host/system-clock.ts";
import { connectWith } from "../../../src/adapters/openai/connect.ts";
import type { Backend } from "../../../src/core/model/config.ts";
import type { InferenceClient } from "../../../src/gate/ports.ts";
import { scriptedServer, type Visit } from "../../fakes/scripted-server.ts";

const never = new AbortController().signal;
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function clientOf(backend: Backend, answer: (visit: Visit) => void) {
  const server = await scriptedServer(answer);
  cleanups.push(server.close);
  const client = connectWith(systemClock())({ url: server.url, backend, requestTimeoutMs: 20_000 });
  cleanups.push(client.close);
  return { client, server };
}
const scraped = async (backend: Backend, page: string) => {
  const { client } = await clientOf(backend, ({ response }) => void response.end(page));
  const values = await client.scrape(never);
  return Object.fromEntries(Object.entries(values).filter(([name]) => !/[:]|^(tgi|trtllm)_/.test(name)));
};

describe("counters have one name, whatever the server calls them", () => {
  const vllm = `vllm:generation_tokens_total{model_name="m"} 5
vllm:request_success_total{finished_reason="length"} 2
vllm:request_success_total{finished_reason="stop"} 1
vllm:num_requests_running 0
vllm:prefix_cache_queries_total 80
vllm:prefix_cache_hits_total 16
vllm:kv_cache_usage_perc 0.25
`;
  const vllmNames = {
    ...{ generation_tokens: 5, requests_finished: 3, requests_running: 0 },
    ...{ prefix_cache_queries: 80, prefix_cache_hits: 16, kv_cache_use: 0.25 },
  };

  test.each<[string, Backend, string, object]>([
    ["vLLM's", "vllm", vllm, vllmNames],
    [
      "vLLM's of older versions",
      "vllm",
      "vllm:gpu_cache_usage_perc 0.5\nvllm:gpu_prefix_cache_queries_total 8\nvllm:gpu_prefix_cache_hits_total 1\n",
      { kv_cache_use: 0.5, prefix_cache_queries: 8, prefix_cache_hits: 1 },
    ],
    [
      "SGLang's",
      "sglang",
      'sglang:prompt_tokens_total 90\nsglang:cached_tokens_total{cache_source="device"} 20\nsglang:num_queue_reqs 4\nsglang:token_usage 0.75\n',
      { prompt_tokens: 90, prefix_cache_queries: 90, prefix_cache_hits: 20, requests_waiting: 4, kv_cache_use: 0.75 },
    ],
    [
      "llama.cpp's",
      "llama-cpp",
      "llamacpp:tokens_predicted_total 7\nllamacpp:requests_processing 1\nllamacpp:requests_deferred 2\n",
      { generation_tokens: 7, requests_running: 1, requests_waiting: 2 },
    ],
    [
      "TGI's",
      "openai",
      "tgi_request_generated_tokens_sum 30\ntgi_queue_size 3\n",
      { generation_tokens: 30, requests_waiting: 3 },
    ],
    [
      "TensorRT-LLM's",
      "openai",
      'trtllm_generation_tokens_total{model_name="m"} 30\ntrtllm_prompt_tokens_total 90\ntrtllm_request_success_total{finished_reason="length"} 2\ntrtllm_num_requests_running 1\ntrtllm_num_requests_waiting 3\ntrtllm_kv_cache_utilization 0.5\n',
      {
        ...{ generation_tokens: 30, prompt_tokens: 90, requests_finished: 2 },
        ...{ requests_running: 1, requests_waiting: 3, kv_cache_use: 0.5 },
      },
    ],
    [
      "vLLM's page of today, whose waiting requests stand there twice",
      "vllm",
      '# TYPE vllm:num_requests_waiting gauge\nvllm:num_requests_waiting{engine="0",model_name="m"} 72.0\nvllm:num_requests_waiting_by_reason{engine="0",model_name="m",reason="capacity"} 72.0\nvllm:generation_tokens_total{engine="0",model_name="m"} 15.0\nvllm:generation_tokens_created{engine="0",model_name="m"} 1.789056823729462e+09\n',
      { requests_waiting: 72, generation_tokens: 15 },
    ],
    ["a home-made server's that borrowed vLLM's", "openai", vllm, vllmNames],
    ["what a server calls like us and means otherwise", "openai", "preemptions 9\n", {}],
    ["nothing", "ollama", "", {}],
  ])("%s", async (_whose, backend, page, values) => {
    expect(await scraped(backend, page)).toEqual(values);
  });
});

describe("a reset of the prefix cache", () => {
  const reset = async (backend: Backend, answer: (visit: Visit) => void) => {
    const { client, server } = await clientOf(backend, answer);
    const outcome = await (client as Required<InferenceClient>).resetCache(never);
    return { outcome, asked: server.received.map(({ method, path }) => `${method} ${path}`) };
  };
  const says = (status: number, body: string) => (visit: Visit) =>
    void visit.response.writeHead(status, { "content-type": "application/json" }).end(body);

  test.each<[string, Backend, Parameters<typeof says>, object]>([
    ["vLLM has done it", "vllm", [200, '{"success":true}'], { kind: "reset" }],
    ["vLLM of older versions has done it", "vllm", [200, ""], { kind: "reset" }],
    ["vLLM says 200 and has not", "vllm", [200, '{"success":false}'], { kind: "refused" }],
    ["vLLM outside its developer mode", "vllm", [404, '{"detail":"Not Found"}'], { kind: "none" }],
    ["SGLang has done it", "sglang", [200, "Cache flushed."], { kind: "reset" }],
    ["SGLang is busy", "sglang", [400, "Requests are running"], { kind: "refused" }],
  ])("%s", async (_what, backend, said, outcome) => {
    expect((await reset(backend, says(...said))).outcome).toMatchObject(outcome);
  });

  test("a refusal is told in the server's words", async () => {
    const { outcome } = await reset("sglang", says(400, "Requests are running"));
    expect(outcome).toEqual({ kind: "refused", reason: "/flush_cache answered 400: Requests are running" });
  });

  const slots = (erased: Parameters<typeof says>) => (visit: Visit) =>
    visit.path === "/props" ? says(200, '{"total_slots":2}')(visit) : says(...erased)(visit);

  test("llama.cpp erases slot by slot", async () => {
    expect(await reset("llama-cpp", slots([200, '{"n_erased":3}']))).toEqual({
      outcome: { kind: "reset" },
      asked: ["GET /props", "POST /slots/0?action=erase", "POST /slots/1?action=erase"],
    });
  });

  test("llama.cpp without a place to save slots is asked once", async () => {
    expect(await reset("llama-cpp", slots([501, '{"error":{"message":"not supported"}}']))).toEqual({
      outcome: { kind: "none" },
      asked: ["GET /props", "POST /slots/0?action=erase"],
    });
  });

  test.each<Backend>(["openai", "ollama"])("%s has none, and is not asked", async (backend) => {
    expect(await reset(backend, says(200, "{}"))).toEqual({ outcome: { kind: "none" }, asked: [] });
  });

  test("no answer is a refusal", async () => {
    const { outcome } = await reset("vllm", ({ socket }) => void socket.destroy());
    expect(outcome).toMatchObject({ kind: "refused" });
  });
});
