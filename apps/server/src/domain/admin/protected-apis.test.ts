import { createHash, randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTlsAuthority } from "../../../../../testing/tls-authority.ts";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";
import type { ApiInput } from "./protected-api-input.ts";

let lab: AdminLab;
let id: string;
beforeEach(async () => {
  lab = await openAdminLab();
  id = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
});
afterEach(() => lab.close());

const pin = () => createHash("sha256").update(randomBytes(32)).digest();
const authority = createTlsAuthority({ name: "Root", nowMs: Date.now() });
const system: ApiInput = { host: "api.nasa.gov", channel: "system" };
const add = (api: string, input: ApiInput) => lab.admin.putApi(lab.actor, id, api, input, "create");

describe("a protected API", () => {
  it("is kept with its defaults and its pins as base64url, whichever base64 they were in", async () => {
    const [first, second] = [pin(), pin()];
    const pins = [`sha256/${first.toString("base64")}`, second.toString("base64url")];
    expect(await add("nasa", { host: "api.nasa.gov", channel: "pins", pins })).toMatchObject({
      port: 443,
      pins: [first.toString("base64url"), second.toString("base64url")],
      token: null,
      tokenSeconds: 300,
      whenUnavailable: "fail",
    });
  });

  it("with a token gets a token key", async () => {
    await add("nasa", { ...system, token: { header: "Authorization", prefix: "Bearer " } });
    expect(await lab.admin.listTokenKeys(id)).toMatchObject([
      { purpose: "api", api: "nasa", alg: "ES256", state: "signing", activeFromMs: lab.nowMs(), retiresAtMs: null },
    ]);
  });

  it.each(["api.nasa.gov", "localhost", "127.0.0.1", "[::1]", "xn--bcher-kva.example"])(
    "may have the host %s",
    async (host) => {
      expect(await refusalOf(add("a", { ...system, host }))).toBe("done");
    },
  );

  it.each([
    "https://api.nasa.gov",
    "api.nasa.gov/",
    "api.nasa.gov:443",
    "API.nasa.gov",
    "api.nasa.gov.",
    "api..gov",
    "-api.gov",
    "api_x.gov",
    "bücher.example",
    "127.1",
    "0x7f.1",
    "::1",
    "[::1%eth0]",
    "*.nasa.gov",
    "a b",
    "",
    `${"a".repeat(64)}.gov`,
  ])("is refused the host %j, with a sentence that does not repeat it", async (host) => {
    const task = add("a", { ...system, host });
    expect(await refusalOf(task)).toBe("invalid_input /host");
    await expect(task).rejects.not.toThrow(`"${host}"`);
  });

  it.each([
    ["one pin", { channel: "pins", pins: [pin().toString("base64")] }, "/pins"],
    ["the same pin twice", { channel: "pins", pins: Array(2).fill(pin().toString("base64")) }, "/pins"],
    ["a pin of a wrong length", { channel: "pins", pins: [pin().toString("base64"), "AAAA"] }, "/pins/1"],
    ["a pin with loose bits", { channel: "pins", pins: [pin().toString("base64"), `${"A".repeat(42)}B`] }, "/pins/1"],
    [
      "pins the channel does not use",
      { channel: "system", pins: [pin().toString("base64"), pin().toString("base64")] },
      "/pins",
    ],
    ["roots without a root", { channel: "roots" }, "/roots"],
    ["roots the channel does not use", { channel: "system", roots: [authority.pem] }, "/roots"],
    ["a root that is no authority", { channel: "roots", roots: [authority.issue(["a.example"]).cert] }, "/roots/0"],
    ["both without pins", { channel: "both", roots: [authority.pem] }, "/pins"],
    ["port 0", { channel: "system", port: 0 }, "/port"],
    ["a token in Host", { channel: "system", token: { header: "Host" } }, "/token/header"],
    ["a header name with a line break", { channel: "system", token: { header: "X\r\nY" } }, "/token/header"],
    ["a prefix with a line break", { channel: "system", token: { header: "X", prefix: "a\n" } }, "/token/prefix"],
    ["a token of 301 s", { channel: "system", tokenSeconds: 301 }, "/tokenSeconds"],
  ] satisfies [string, Omit<ApiInput, "host">, string][])("is refused with %s", async (_, input, path) => {
    expect(await refusalOf(add("a", { host: "a.example", ...input }))).toBe(`invalid_input ${path}`);
    expect(await lab.admin.listApis(id)).toEqual([]);
  });

  it("has its address to itself", async () => {
    await add("one", system);
    expect(await refusalOf(add("two", system))).toBe("conflict");
    expect(await refusalOf(add("two", { ...system, port: 8443 }))).toBe("done");
    expect(await refusalOf(lab.admin.putApi(lab.actor, id, "two", system, "replace"))).toBe("conflict");
  });

  it("that a place names stays until the secret is gone", async () => {
    await add("one", system);
    const place = { api: "one", methods: ["GET"], path: "/", in: "query", name: "k", when: "placeholder" } as const;
    await lab.admin.setSecret(lab.actor, id, "key", { value: "v", places: [place] });
    expect(await refusalOf(lab.admin.removeApi(lab.actor, id, "one"))).toBe("in_use");
    await lab.admin.removeSecret(lab.actor, id, "key");
    expect(await refusalOf(lab.admin.removeApi(lab.actor, id, "one"))).toBe("done");
    expect(await refusalOf(lab.admin.removeApi(lab.actor, id, "one"))).toBe("not_found");
  });

  it("is refused where the project's roots would be too many for a manifest", async () => {
    const roots = Array.from(
      { length: 33 },
      (_, index) => createTlsAuthority({ name: `R${index}`, nowMs: Date.now() }).pem,
    );
    expect(await refusalOf(add("one", { host: "a.example", channel: "roots", roots: roots.slice(0, 32) }))).toBe(
      "done",
    );
    expect(await refusalOf(add("two", { host: "b.example", channel: "roots", roots }))).toBe("limit_reached");
  });

  it("is one of fifty, beside two hundred secrets", async () => {
    for (let index = 0; index < 50; index += 1) await add(`api-${index}`, { ...system, host: `h${index}.example` });
    for (let index = 0; index < 200; index += 1) {
      const place = {
        api: `api-${index % 50}`,
        methods: ["GET"],
        path: "/",
        in: "query",
        name: "k",
        when: "placeholder",
      } as const;
      await lab.admin.setSecret(lab.actor, id, `secret-${index}`, { value: "v", places: [place] });
    }
    expect([(await lab.admin.listApis(id)).length, (await lab.admin.listSecrets(id)).length]).toEqual([50, 200]);
  });
});
