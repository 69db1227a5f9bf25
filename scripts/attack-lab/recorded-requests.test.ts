import { expect, it } from "vitest";
import { recordedRequests } from "./recorded-requests.ts";

it("gives back the requests among what was written down, with their bodies, and no answer", () => {
  const captured = [
    "POST /v1/sessions?a=1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nGET /x\r\n\r\r\n",
    "200\r\ncontent-type: application/json\r\n\r\n{}\r\n",
    "GET /b/p/nasa\r\nCountersign-Pass: abc: d\r\n\r\n\r\n",
  ].join("");
  expect(recordedRequests(Buffer.from(captured, "latin1"))).toEqual([
    {
      method: "POST",
      path: "/v1/sessions?a=1",
      headers: { host: "localhost", "content-length": "9" },
      body: "GET /x\r\n\r",
    },
    { method: "GET", path: "/b/p/nasa", headers: { "countersign-pass": "abc: d" }, body: null },
  ]);
});
