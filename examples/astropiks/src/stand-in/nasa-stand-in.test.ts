import { request } from "node:https";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTlsAuthority } from "../tls/tls-authority.ts";
import { createNasaStandIn, type NasaStandIn } from "./nasa-stand-in.ts";

const nowMs = Date.now();
const authority = createTlsAuthority({ name: "Stand-in CA", nowMs });
const clock = { nowMs: Date.UTC(2026, 10, 22, 12) };
let standIn: NasaStandIn;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

function get(path: string, ca: string | undefined = authority.pem): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: "localhost", port: standIn.port, path, agent: false, ...(ca === "" ? {} : { ca }) },
      (incoming) => {
        const parts: Buffer[] = [];
        incoming.on("data", (part: Buffer) => parts.push(part));
        incoming.on("end", () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(parts) }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end();
  });
}

beforeAll(async () => {
  standIn = await createNasaStandIn({
    tls: authority.issue(["localhost"]),
    keys: ["good-key"],
    nowMs: () => clock.nowMs,
    requestsPerHour: 20,
  });
});
afterAll(() => standIn.close());
beforeEach(() => {
  clock.nowMs += 3_600_000;
  standIn.behave({ kind: "honest" });
});

describe("the stand-in of api.nasa.gov", () => {
  test("answers an entry with the members of the original, and its picture is a PNG", async () => {
    const answer = await get("/planetary/apod?api_key=good-key&date=2026-11-20");
    expect(answer.status).toBe(200);
    const entry = JSON.parse(answer.body.toString()) as Record<string, string>;
    expect(Object.keys(entry).sort()).toEqual([
      "date",
      "explanation",
      "hdurl",
      "media_type",
      "service_version",
      "title",
      "url",
    ]);
    const picture = await get(new URL(String(entry.url)).pathname);
    expect(picture.headers["content-type"]).toBe("image/png");
    expect(picture.body.subarray(1, 4).toString()).toBe("PNG");
  });

  test("refuses a missing and a wrong key with NASA's error bodies", async () => {
    const missing = await get("/planetary/apod");
    const wrong = await get("/planetary/apod?api_key=other");
    expect([missing.status, wrong.status]).toEqual([403, 403]);
    expect(JSON.parse(missing.body.toString())).toMatchObject({ error: { code: "API_KEY_MISSING" } });
    expect(JSON.parse(wrong.body.toString())).toMatchObject({ error: { code: "API_KEY_INVALID" } });
  });

  test("counts requests per key and refuses the one over the limit", async () => {
    const answers: Answer[] = [];
    for (let index = 0; index < 21; index += 1)
      answers.push(await get("/planetary/apod?api_key=good-key&date=2026-11-20"));
    expect(answers[0]?.headers["x-ratelimit-remaining"]).toBe("19");
    expect(answers.map((answer) => answer.status)).toEqual([...Array.from({ length: 20 }, () => 200), 429]);
    expect(JSON.parse(String(answers[20]?.body))).toMatchObject({ error: { code: "OVER_RATE_LIMIT" } });
  });

  test("has nothing for tomorrow, for a day before the first and for a date that is none", async () => {
    const statuses: number[] = [];
    for (const date of ["2099-01-01", "1995-06-15", "2026-02-30", "x"]) {
      statuses.push((await get(`/planetary/apod?api_key=good-key&date=${date}`)).status);
    }
    expect(statuses).toEqual([400, 400, 400, 400]);
  });

  test("is refused by whoever does not trust its authority", async () => {
    await expect(get("/planetary/apod", "")).rejects.toMatchObject({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  });

  test("forgets a key that is no longer good", async () => {
    standIn.accept(["new-key"]);
    expect((await get("/planetary/apod?api_key=good-key")).status).toBe(403);
    expect((await get("/planetary/apod?api_key=new-key")).status).toBe(200);
    standIn.accept(["good-key"]);
  });
});
