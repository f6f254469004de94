import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type SseEvent, sseEvents } from "../../../src/adapters/openai/sse.ts";

function events(...reads: readonly (string | Uint8Array)[]): SseEvent[] {
  return [...sseEvents(reads.map((read) => (typeof read === "string" ? Buffer.from(read) : read)))];
}
/** The data of each event, lines joined: what a reader of the stream gets, whatever the reads. */
function contents(reads: readonly Uint8Array[]): string[] {
  return [...sseEvents(reads)].map(({ name, data }) => `${name ?? ""}|${data.map(({ text }) => text).join("\n")}`);
}

describe("what a stream holds", () => {
  test.each([
    ["LF", "data: a\n\ndata: b\n\n"],
    ["CRLF", "data: a\r\n\r\ndata: b\r\n\r\n"],
    ["CR", "data: a\r\rdata: b\r\r"],
    ["a mixture", "data: a\r\n\ndata: b\r\n\n"],
    ["no space after the colon", "data:a\n\ndata:b\n\n"],
    ["comments and pings", ": ping\n\ndata: a\n: in between\n\n:\n\ndata: b\n\n"],
    ["other fields", "id: 1\nretry: 10\ndata: a\n\nwhatever\ndata: b\n\n"],
    ["blank lines in a row", "\n\n\ndata: a\n\n\n\ndata: b\n\n"],
    ["a byte order mark", "\uFEFFdata: a\n\ndata: b\n\n"],
    ["no blank line at the end", "data: a\n\ndata: b"],
  ])("two events with %s", (_what, text) => {
    expect(contents([Buffer.from(text)])).toEqual(["|a", "|b"]);
  });

  test("only one space after the colon is not content", () => {
    expect(contents([Buffer.from("data:  a \n\n")])).toEqual(["| a "]);
  });

  test("the name of an event is kept and does not reach the next", () => {
    expect(contents([Buffer.from('event: error\ndata: {"error":1}\n\ndata: b\n\n')])).toEqual([
      'error|{"error":1}',
      "|b",
    ]);
  });

  test("an event without data is none", () => {
    expect(events("event: ping\n\n")).toEqual([]);
  });

  test("a last line without its end says so", () => {
    expect(events("data: a\n\n", 'data: {"cho')).toEqual([
      { data: [{ text: "a", read: 0 }] },
      { data: [{ text: '{"cho', read: 1, unfinished: true }] },
    ]);
  });
});

describe("when a line arrived", () => {
  test("an event belongs to the read that ended its data line, not to the blank line after it", () => {
    expect(events("data: a", "b\n", "\n")).toEqual([{ data: [{ text: "ab", read: 1 }] }]);
  });

  test("events of one read share it", () => {
    expect(events("data: a\n\ndata: b\n\n").map(({ data }) => data[0].read)).toEqual([0, 0]);
  });

  test("lines of a server that forgets blank lines keep their own reads", () => {
    expect(events("data: a\n", "data: b\n", "data: c\n")[0]?.data.map(({ read }) => read)).toEqual([0, 1, 2]);
  });
});

const capture = Buffer.from(
  [
    'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n',
    ': keep-alive\r\n\r\ndata: {"choices":[{"delta":{"content":"Привет, 世界 🌍"}}]}\r\n\r\n',
    'event: message\rdata:{"choices":[{"delta":{"content":"é"}}]}\r\r',
    'data: {"choices":[],\ndata: "usage":{"completion_tokens":2}}\n\n',
    "data: [DONE]\n\n",
  ].join(""),
);

test("a stream cut in two at any byte reads the same", () => {
  const whole = contents([capture]);
  expect(whole).toHaveLength(5);
  for (let at = 0; at <= capture.length; at += 1) {
    expect(contents([capture.subarray(0, at), capture.subarray(at)])).toEqual(whole);
  }
});

test("a stream cut anywhere, any number of times, reads the same", () => {
  const whole = contents([capture]);
  fc.assert(
    fc.property(fc.array(fc.nat(capture.length), { maxLength: 40 }), (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), capture.length];
      const reads = edges.slice(1).map((edge, index) => capture.subarray(edges[index], edge));
      expect(contents(reads)).toEqual(whole);
    }),
  );
});

test("a line of a megabyte in small reads stays whole", () => {
  const line = `data: ${"x".repeat(1_000_000)}\n\n`;
  const reads = line.match(/.{1,1000}|\n/gs)?.map((part) => Buffer.from(part)) ?? [];
  expect(contents(reads)).toEqual([`|${"x".repeat(1_000_000)}`]);
});
