/**
 * Writes a tiny llama with random weights as a GGUF file: node write-gguf.mjs FILE
 *
 * The same bytes every time. Weights are Q8_0, the format llama.cpp computes with as it is.
 */
import { rename, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BOS_ID, EOS_ID, UNKNOWN_ID, vocabulary } from "./vocabulary.mjs";

/** Widths are multiples of 32, the block size of Q8_0. */
const SHAPE = {
  contextLength: 4096,
  embedding: 128,
  feedForward: 512,
  layers: 2,
  heads: 2,
  kvHeads: 2,
};
const HEAD_WIDTH = SHAPE.embedding / SHAPE.heads;

const SEED = 42;
const ALIGNMENT = 32;

/** Numbers of GGUF's value types, of ggml's tensor types and of llama.cpp's "mostly Q8_0" file type. */
const GGUF = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 };
const GGML = { f32: 0, q8: 8 };
const MOSTLY_Q8 = 7;

const Q8_BLOCK = 32;
const Q8_BLOCK_BYTES = 2 + Q8_BLOCK;
/** 2^-10 as a 16-bit float. Uniform bytes have a deviation of 74, so weights have about 0.07, near 1/sqrt(embedding). */
const Q8_SCALE = (15 - 10) << 10;

/** Writes the model to a file that appears whole or not at all. */
export async function writeTinyLlama(path) {
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, tinyLlama());
  await rename(partial, path);
}

/** The bytes of the GGUF file. */
function tinyLlama() {
  const pieces = vocabulary();
  const tensors = tinyLlamaTensors(pieces);
  const metadata = tinyLlamaMetadata(pieces);
  let offset = 0;
  const infos = tensors.map((tensor) => {
    const info = tensorInfo(tensor, offset);
    offset += aligned(tensor.data.length);
    return info;
  });
  const head = Buffer.concat([
    Buffer.from("GGUF"),
    uint32(3),
    uint64(tensors.length),
    uint64(metadata.length),
    ...metadata,
    ...infos,
  ]);
  return Buffer.concat([head, ...tensors.map(({ data }) => data)].map(padded));
}

function tinyLlamaMetadata(pieces) {
  return [
    entry("general.architecture", "string", "llama"),
    entry("general.name", "string", "tiny-llama"),
    entry("general.file_type", "uint32", MOSTLY_Q8),
    entry("general.alignment", "uint32", ALIGNMENT),
    entry("llama.vocab_size", "uint32", pieces.length),
    entry("llama.context_length", "uint32", SHAPE.contextLength),
    entry("llama.embedding_length", "uint32", SHAPE.embedding),
    entry("llama.feed_forward_length", "uint32", SHAPE.feedForward),
    entry("llama.block_count", "uint32", SHAPE.layers),
    entry("llama.attention.head_count", "uint32", SHAPE.heads),
    entry("llama.attention.head_count_kv", "uint32", SHAPE.kvHeads),
    entry("llama.attention.layer_norm_rms_epsilon", "float32", 1e-5),
    entry("llama.rope.dimension_count", "uint32", HEAD_WIDTH),
    entry("llama.rope.freq_base", "float32", 10_000),
    entry("tokenizer.ggml.model", "string", "llama"),
    listEntry(
      "tokenizer.ggml.tokens",
      "string",
      pieces.map(({ text }) => text),
    ),
    listEntry(
      "tokenizer.ggml.scores",
      "float32",
      pieces.map(({ score }) => score),
    ),
    listEntry(
      "tokenizer.ggml.token_type",
      "int32",
      pieces.map(({ kind }) => kind),
    ),
    entry("tokenizer.ggml.unknown_token_id", "uint32", UNKNOWN_ID),
    entry("tokenizer.ggml.bos_token_id", "uint32", BOS_ID),
    entry("tokenizer.ggml.eos_token_id", "uint32", EOS_ID),
    entry("tokenizer.ggml.add_bos_token", "bool", true),
    // Else a token that begins with a space loses it when it is the first of an answer.
    entry("tokenizer.ggml.add_space_prefix", "bool", false),
  ];
}

function tinyLlamaTensors(pieces) {
  const { embedding, feedForward, layers, kvHeads } = SHAPE;
  const random = randomBytes(SEED);
  const weights = (name, columns, rows) => ({
    name,
    shape: [columns, rows],
    type: GGML.q8,
    data: q8(columns * rows, random),
  });
  const norm = (name) => ({ name, shape: [embedding], type: GGML.f32, data: ones(embedding) });
  const layer = (index) => [
    norm(`blk.${index}.attn_norm.weight`),
    weights(`blk.${index}.attn_q.weight`, embedding, embedding),
    weights(`blk.${index}.attn_k.weight`, embedding, kvHeads * HEAD_WIDTH),
    weights(`blk.${index}.attn_v.weight`, embedding, kvHeads * HEAD_WIDTH),
    weights(`blk.${index}.attn_output.weight`, embedding, embedding),
    norm(`blk.${index}.ffn_norm.weight`),
    weights(`blk.${index}.ffn_gate.weight`, embedding, feedForward),
    weights(`blk.${index}.ffn_up.weight`, embedding, feedForward),
    weights(`blk.${index}.ffn_down.weight`, feedForward, embedding),
  ];
  const output = weights("output.weight", embedding, pieces.length);
  silence(output.data, pieces);
  return [
    weights("token_embd.weight", embedding, pieces.length),
    ...Array.from({ length: layers }, (_, index) => layer(index)).flat(),
    norm("output_norm.weight"),
    output,
  ];
}

/**
 * Zeroes the output rows of pieces without text, so that their logit is always 0.
 * Over 2,000 others are as likely above 0 as below: the greatest is never one of these, and every answer is plain text
 * of exactly as many tokens as were asked for.
 */
function silence(output, pieces) {
  const rowBytes = (SHAPE.embedding / Q8_BLOCK) * Q8_BLOCK_BYTES;
  for (const [id, { sayable }] of pieces.entries()) {
    if (!sayable) output.fill(0, id * rowBytes, (id + 1) * rowBytes);
  }
}

function q8(count, random) {
  const data = Buffer.alloc((count / Q8_BLOCK) * Q8_BLOCK_BYTES);
  for (let at = 0; at < data.length; at += Q8_BLOCK_BYTES) {
    data.writeUInt16LE(Q8_SCALE, at);
    for (let i = 2; i < Q8_BLOCK_BYTES; i++) data[at + i] = random();
  }
  return data;
}

function ones(count) {
  return Buffer.from(new Float32Array(count).fill(1).buffer);
}

/** Xorshift, 32 bits: the top byte of each state. */
function randomBytes(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 24;
  };
}

function tensorInfo({ name, shape, type }, offset) {
  return Buffer.concat([string(name), uint32(shape.length), ...shape.map(uint64), uint32(type), uint64(offset)]);
}

function entry(key, type, value) {
  return Buffer.concat([string(key), uint32(GGUF[type]), encoders[type](value)]);
}

function listEntry(key, type, values) {
  const head = [string(key), uint32(GGUF.array), uint32(GGUF[type]), uint64(values.length)];
  return Buffer.concat([...head, ...values.map(encoders[type])]);
}

const encoders = { uint32, int32, float32, bool: (value) => Buffer.from([value ? 1 : 0]), string };

function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function int32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function float32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function uint64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function string(value) {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function aligned(length) {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

function padded(bytes) {
  return Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path] = process.argv.slice(2);
  if (path === undefined) {
    process.stderr.write("write-gguf: no file was named; use: node write-gguf.mjs FILE\n");
    process.exit(2);
  }
  await writeTinyLlama(resolve(path));
}
