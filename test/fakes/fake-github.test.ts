import { expect, test } from "@jest/globals";
import { startFakeGitHub } from "./fake-github.ts";

const options = { tokens: { job: "github-actions[bot]" }, issues: [7] };
const headers = { authorization: "token job", "content-type": "application/json" };

test.each([
  ["a path GitHub does not have", "GET", "/repos/o/r/issues/7/remarks", undefined],
  ["a query GitHub does not know", "GET", "/repos/o/r/issues/7/comments?size=100", undefined],
  ["more than a hundred a page", "GET", "/repos/o/r/issues/7/comments?per_page=101", undefined],
  ["a comment without a body", "POST", "/repos/o/r/issues/7/comments", { text: "hello" }],
  ["a body that is no text", "POST", "/repos/o/r/issues/7/comments", { body: 7 }],
])("%s breaks the contract", async (_what, method, target, body) => {
  await using github = await startFakeGitHub(options);
  await fetch(`${github.apiUrl}${target}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(github.violations).toHaveLength(1);
});

test("a comment of 65,537 characters is refused with 422", async () => {
  await using github = await startFakeGitHub(options);
  const target = `${github.apiUrl}/repos/o/r/issues/7/comments`;
  const answer = await fetch(target, { method: "POST", headers, body: JSON.stringify({ body: "x".repeat(65_537) }) });
  expect(answer.status).toBe(422);
  expect(github.violations).toEqual([]);
});

test("pages are told in the Link header, the last one without a next", async () => {
  await using github = await startFakeGitHub(options);
  for (let i = 0; i < 3; i += 1) github.seed({ issue: 7, author: "reader", body: `comment ${i}` });
  const first = await fetch(`${github.apiUrl}/repos/o/r/issues/7/comments?per_page=2`, { headers });
  const last = await fetch(`${github.apiUrl}/repos/o/r/issues/7/comments?per_page=2&page=2`, { headers });
  expect(first.headers.get("link")).toContain('rel="next"');
  expect(last.headers.get("link")).not.toContain('rel="next"');
  expect(await last.json()).toHaveLength(1);
});
