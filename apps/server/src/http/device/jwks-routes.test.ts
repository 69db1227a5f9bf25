import { afterAll, beforeAll, expect, it } from "vitest";
import { createLog } from "../../log/create-log.ts";
import { createHttpServer } from "../server.ts";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";
import { deviceRoutes } from "./device-routes.ts";

let lab: DeviceLab;
beforeAll(async () => {
  lab = await openDeviceLab({ kind: "production" });
});
afterAll(() => lab.close());

it("lists the keys of every other project where one cannot be loaded, and lets nobody keep that list", async () => {
  const { device } = lab.service().domain;
  const contexts = {
    ...device.contexts,
    ids: async () => [...(await device.contexts.ids()), "broken"],
    get: (id: string) => (id === "broken" ? Promise.reject(new Error("sealed")) : device.contexts.get(id)),
  };
  const keySet = async (deps: typeof device) => {
    const routes = [deviceRoutes({ deps, networkOf: () => "net" })];
    const app = await createHttpServer({
      log: createLog({ level: "silent" }),
      version: "0",
      isReady: async () => true,
      routes,
    });
    const answer = await app.inject({ method: "GET", url: "/.well-known/jwks.json" });
    await app.close();
    return {
      status: answer.statusCode,
      caching: answer.headers["cache-control"],
      body: answer.json<{ keys: object[] }>(),
    };
  };
  const whole = await keySet(device);
  expect(whole.body.keys).toHaveLength(1);
  expect(whole.caching).toBe("public, max-age=300");
  expect(await keySet({ ...device, contexts })).toEqual({ status: 200, caching: "no-store", body: whole.body });
});
