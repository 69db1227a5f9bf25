import { getEventListeners, once } from "node:events";
import type { Readable } from "node:stream";
import axios from "axios";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../agent.ts";
import type { Echo } from "../testing/echo-upstream.ts";
import { createMatrixWorld, type MatrixWorld, type Spot } from "../testing/matrix-world.ts";
import { nodeScope } from "../testing/node-scope.ts";
import { protectAxios } from "./protect-axios.ts";

const query: Spot = { in: "query", when: "placeholder", mode: "delivered" };

let world: MatrixWorld;
let agent: Agent;

beforeAll(async () => {
  world = await createMatrixWorld("pins");
  agent = world.createAgent();
  await agent.refresh();
});
afterAll(() => world.close());

const path = "/placeholder/delivered/query/x";
const protectedInstance = (config: object = {}) => {
  const instance = axios.create({ baseURL: world.places.origin, ...config });
  const protection = protectAxios(agent, instance, { scope: nodeScope() });
  return { instance, protection };
};
const params = (more: object = {}) => ({ params: { key: world.placeholder(query), ...more } });

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}

describe("an axios instance", () => {
  it("sends what is the agent's through it, whatever adapter it has, with its params, interceptors and transforms", async () => {
    const { instance } = protectedInstance();
    instance.interceptors.request.use((config) => {
      config.headers.set("x-late", "1");
      config.params = { ...config.params, key: world.placeholder(query) };
      return config;
    });
    const response = await instance.post<Echo>(path, { a: "ä" }, { params: { page: 2 } });
    const echo = response.data;
    expect(echo.url).toContain("page=2&key=VALUE-query");
    expect(echo.headers).toMatchObject({ "x-late": "1", "content-type": "application/json" });
    expect(Buffer.from(echo.body, "base64").toString()).toBe('{"a":"ä"}');
    expect([response.status, response.headers["x-two"]]).toEqual([200, "one, two"]);
    expect(response.config.adapter).toBeTypeOf("function");
  });

  it("leaves all else to its own adapter, before and after", async () => {
    const used: string[] = [];
    const own = async (config: object) => {
      used.push(String((config as { url?: string }).url));
      return { data: "own", status: 200, statusText: "", headers: {}, config: config as never };
    };
    const { instance, protection } = protectedInstance({ adapter: own });
    expect((await instance.get("https://other.test/x")).data).toBe("own");
    expect(((await instance.get<Echo>(path, params())).data as Echo).url).toContain("VALUE-");
    expect(protection.restore()).toBe(true);
    expect((await instance.get(path, params())).data).toBe("own");
    expect(used).toEqual(["https://other.test/x", path]);
  });

  it("is protected once: by one agent, and not again below by what its adapter uses", async () => {
    const { instance, protection } = protectedInstance();
    expect(protectAxios(agent, instance)).toBe(protection);
    const other = world.createAgent();
    expect(() => protectAxios(other, instance)).toThrow(TypeError);
    const before = world.places.arrived.length;
    await instance.get(path, params());
    expect(world.places.arrived).toHaveLength(before + 1);
  });

  it("fails with an AxiosError whose cause is the agent's error", async () => {
    const { instance } = protectedInstance();
    const refused = await failure(instance.get(`http://localhost:${world.places.port}/`));
    expect(refused).toBeInstanceOf(axios.AxiosError);
    expect(refused).toMatchObject({ code: "ERR_NETWORK", cause: { code: "url_refused" } });
    const missing = await failure(instance.get(path, params({ answer: 404 })));
    expect(missing).toBeInstanceOf(axios.AxiosError);
    expect(missing).toMatchObject({ code: "ERR_BAD_REQUEST", response: { status: 404 }, status: 404 });
    const accepted = await instance.get(path, { ...params({ answer: 404 }), validateStatus: null });
    expect(accepted.status).toBe(404);
  });

  it("gives up at its timeout, by its signal, and past its longest answer", async () => {
    const { instance } = protectedInstance();
    const late = await failure(instance.get(path, { ...params({ never: 1 }), timeout: 30 }));
    expect(late).toMatchObject({ code: "ECONNABORTED", message: "timeout of 30ms exceeded" });
    const controller = new AbortController();
    const asking = failure(instance.get(path, { ...params({ never: 1 }), signal: controller.signal }));
    setImmediate(() => controller.abort());
    expect(axios.isCancel(await asking)).toBe(true);
    expect(await failure(instance.get(path, { ...params(), maxContentLength: 10 }))).toMatchObject({
      code: "ERR_BAD_RESPONSE",
    });
  });

  it("gives up while nobody has said whose a request is: by its signal, its token, its timeout", async () => {
    const { middleman } = world.service;
    world.service.middleman = () => new Promise(() => {}) as never;
    const fresh = world.createAgent();
    const instance = axios.create({ baseURL: world.places.origin });
    protectAxios(fresh, instance, { scope: nodeScope() });
    const controller = new AbortController();
    const source = axios.CancelToken.source();
    const bySignal = failure(instance.get("/early", { signal: controller.signal }));
    const byToken = failure(instance.get("/early", { cancelToken: source.token }));
    const byTimeout = failure(instance.get("/early", { timeout: 30 }));
    setImmediate(() => {
      controller.abort();
      source.cancel();
    });
    expect([axios.isCancel(await bySignal), axios.isCancel(await byToken)]).toEqual([true, true]);
    expect(await byTimeout).toMatchObject({ code: "ECONNABORTED", message: "timeout of 30ms exceeded" });
    world.service.middleman = middleman;
    fresh.stop();
  });

  it("leaves nothing on a signal once it is over, a stream that was read among them", async () => {
    const { instance } = protectedInstance();
    const { signal } = new AbortController();
    const held = (): number => getEventListeners(signal, "abort").length;
    await instance.get(path, { ...params(), signal });
    expect(held()).toBe(0);
    const read = await instance.get<Readable>(path, { ...params(), signal, responseType: "stream" });
    expect(held()).toBeGreaterThan(0);
    for await (const _part of read.data) {
      // Read to its end.
    }
    expect(held()).toBe(0);
    const left = await instance.get<Readable>(path, { ...params({ drip: 1 }), signal, responseType: "stream" });
    left.data.destroy();
    await once(left.data, "close");
    expect(held()).toBe(0);
  });

  it("gives every type of response and tells progress", async () => {
    const { instance } = protectedInstance();
    const buffer = await instance.get<Buffer>(path, { ...params(), responseType: "arraybuffer" });
    expect(Buffer.isBuffer(buffer.data)).toBe(true);
    const text = await instance.get<string>(path, { ...params(), responseType: "text", transformResponse: [] });
    expect(text.data).toContain("VALUE-query");
    const blob = await instance.get<Blob>(path, { ...params(), responseType: "blob" });
    expect(await blob.data.text()).toContain("VALUE-query");
    const stream = await instance.get<AsyncIterable<Uint8Array>>(path, { ...params(), responseType: "stream" });
    let streamed = "";
    for await (const part of stream.data) streamed += Buffer.from(part).toString();
    expect(streamed).toContain("VALUE-query");
    const told: string[] = [];
    await instance.post(path, new Blob(["x".repeat(1000)]), {
      ...params(),
      onUploadProgress: ({ loaded, total }) => void told.push(`up ${loaded}/${total}`),
      onDownloadProgress: ({ progress }) =>
        void told.push(`down ${progress === undefined ? "" : Math.round(progress)}`),
    });
    expect(told[0]).toBe("up 1000/1000");
    expect(told.at(-1)).toMatch(/^down/);
  });

  it("sends forms with the boundary that they are written with, and Basic from auth", async () => {
    const { instance } = protectedInstance();
    const basic: Spot = { in: "basic", when: "placeholder", mode: "delivered" };
    const form = new FormData();
    form.append("text", "x");
    const { data } = await instance.post<Echo>("/placeholder/delivered/basic/x", form, {
      auth: { username: "user", password: world.placeholder(basic) },
    });
    const boundary = /boundary=(.*)$/.exec(data.headers["content-type"] ?? "")?.[1] ?? "none";
    expect(Buffer.from(data.body, "base64").toString()).toContain(`--${boundary}--`);
    expect(Buffer.from(data.headers.authorization?.slice(6) ?? "", "base64").toString()).toBe(
      "user:VALUE-basic-placeholder-delivered",
    );
  });

  it("carries nothing added across origins, and gives a redirect where it is to follow none", async () => {
    const { instance } = protectedInstance();
    const to = `${world.foreign.origin}/x`;
    const { data } = await instance.get<Echo>(path, {
      ...params({ redirect: to }),
      headers: { Authorization: "Bearer user" },
    });
    expect(data.headers.authorization).toBeUndefined();
    expect(JSON.stringify(data)).not.toContain("VALUE-");
    const manual = await instance.get(path, { ...params({ redirect: to }), maxRedirects: 0, validateStatus: null });
    expect([manual.status, manual.headers.location]).toEqual([302, to]);
  });
});
