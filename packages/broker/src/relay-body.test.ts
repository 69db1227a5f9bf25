import { once } from "node:events";
import { createServer, get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createMask } from "./mask.ts";
import { relayBody } from "./relay-body.ts";
import { AnswerBody, toAnswer } from "./upstream-answer.ts";

const opened: Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function served(server: Server): Promise<string> {
  opened.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function answerOf(url: string): Promise<IncomingMessage> {
  const [answer] = (await once(get(url, { agent: false }), "response")) as [IncomingMessage];
  return answer;
}

/** What came in, as an upstream's answer: at its reader's pace. */
function bodyOf(answer: IncomingMessage): AnswerBody {
  const body = new AnswerBody(5000, () => {});
  const { pause, resume, destroy } = answer;
  body.call = { pause: pause.bind(answer), resume: resume.bind(answer), abort: destroy.bind(answer) };
  answer.on("data", (part: Buffer) => body.push(part));
  answer.on("end", () => body.end(true));
  return body;
}

test("waits for a slow caller many times without keeping a listener of any wait", async () => {
  const body = Buffer.alloc(8 * 1024 * 1024, "b");
  const from = await served(createServer((_request, response) => void response.end(body)));
  let most = 0;
  let waits = 0;
  const relaying = { mask: createMask(["a-value"]), limit: body.length, idleMs: 5000 };
  const front = createServer((_request, response) => {
    const before = response.listenerCount("close");
    response.on("drain", () => {
      waits += 1;
      most = Math.max(most, response.listenerCount("close") - before);
    });
    void answerOf(from)
      .then((answer) =>
        relayBody(toAnswer(bodyOf(answer), { status: 200, statusText: "", headers: {} }), response, relaying),
      )
      .then((whole) => (whole ? response.end() : response.destroy()));
  });
  const answer = await answerOf(await served(front));
  let received = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    received += part.length;
    await new Promise((resolve) => void setImmediate(resolve));
  }
  expect(received).toBe(body.length);
  expect(waits).toBeGreaterThan(5);
  expect(most).toBeLessThanOrEqual(1);
});
