import { generateKeyPairSync } from "node:crypto";
import { exportJWK, type JWTPayload, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { localJwks } from "../keys/local-jwks.ts";
import { nowMs, nowSeconds } from "../minting.suite.ts";
import type { ConsumeResult, ServiceClient } from "../service/service-port.ts";
import { AppCheckError, type AppCheckOptions, getAppCheck } from "./index.ts";

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keys = localJwks({ keys: [{ ...(await exportJWK(pair.publicKey)), alg: "RS256", use: "sig", kid: "k1" }] });
const issuer = "https://attest.example.com/p/AAAAAAAAAAAAAAAAAAAAAA";
const appId = "1:1234567890:android:321abc456def7890";
const claims = {
  iss: issuer,
  sub: appId,
  aud: ["projects/1234567890", "projects/demo"],
  iat: nowSeconds - 10,
  exp: nowSeconds + 290,
  jti: "BwcHBwcHBwcHBwcHBwcHBw",
};

const tokenOf = (changes: JWTPayload = {}, kid = "k1"): Promise<string> =>
  new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: "RS256", typ: "JWT", kid }).sign(pair.privateKey);

const serviceOf = (answer: ConsumeResult): ServiceClient => ({ consume: async () => answer, report: async () => true });

const appCheck = (options: Partial<AppCheckOptions> = {}) =>
  getAppCheck({ issuer, projectId: "demo", keys, nowMs: () => nowMs, ...options });

/** The error that a call rejects with, as backends look at it. */
async function errorOf(call: Promise<unknown>): Promise<{ code: string; isError: boolean } | null> {
  try {
    await call;
    return null;
  } catch (error) {
    return error instanceof AppCheckError ? { code: error.code, isError: error instanceof Error } : null;
  }
}
const codeOf = async (call: Promise<unknown>): Promise<string | undefined> => (await errorOf(call))?.code;

describe("verifyToken", () => {
  it("resolves to the app id and the decoded token, app_id being its sub", async () => {
    expect(await appCheck().verifyToken(await tokenOf())).toEqual({ appId, token: { ...claims, app_id: appId } });
    expect(await appCheck({ projectId: "1234567890" }).verifyToken(await tokenOf())).toHaveProperty("appId", appId);
  });

  it("says nothing of consumption unless it is asked to", async () => {
    const service = serviceOf({ ok: true, alreadyConsumed: true });
    for (const options of [undefined, {}, { consume: false }])
      expect(await appCheck({ service }).verifyToken(await tokenOf(), options)).not.toHaveProperty("alreadyConsumed");
  });

  it("with consume says whether the token was used before, and refuses neither", async () => {
    for (const alreadyConsumed of [true, false]) {
      const service = serviceOf({ ok: true, alreadyConsumed });
      const response = await appCheck({ service }).verifyToken(await tokenOf({ use: "limited" }), { consume: true });
      expect(response).toEqual({ alreadyConsumed, appId, token: { ...claims, use: "limited", app_id: appId } });
    }
    const service = serviceOf({ ok: false, reason: "token_consumed" });
    expect(await appCheck({ service }).verifyToken(await tokenOf(), { consume: true })).toHaveProperty(
      "alreadyConsumed",
      true,
    );
  });

  it("with consume rejects where the service does not say", async () => {
    const consume = async (options: Partial<AppCheckOptions>) =>
      codeOf(appCheck(options).verifyToken(await tokenOf(), { consume: true }));
    expect(await consume({})).toBe("app-check/invalid-credential");
    expect(await consume({ service: serviceOf({ ok: false, reason: "consume_unavailable" }) })).toBe(
      "app-check/internal-error",
    );
    expect(await consume({ service: serviceOf({ ok: false, reason: "token_banned" }) })).toBe(
      "app-check/permission-denied",
    );
  });

  it.each([null, undefined, 1, true, "", {}, []])("rejects %j in place of a token", async (token) => {
    expect(await errorOf(appCheck().verifyToken(token as string))).toEqual({
      code: "app-check/invalid-argument",
      isError: true,
    });
  });

  it.each([null, 1, "x", true])("rejects %j in place of options", async (options) => {
    const call = appCheck().verifyToken(await tokenOf(), options as never);
    expect(await codeOf(call)).toBe("app-check/invalid-argument");
  });

  it("rejects an expired token with a code of its own", async () => {
    const expired = await tokenOf({ iat: nowSeconds - 300, exp: nowSeconds - 6 });
    expect(await codeOf(appCheck().verifyToken(expired))).toBe("app-check/app-check-token-expired");
  });

  it("rejects what is no token, is altered, of another key, algorithm, project or issuer", async () => {
    const token = await tokenOf();
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const sign = (alg: string, key: typeof pair.privateKey) =>
      new SignJWT(claims).setProtectedHeader({ alg, typ: "JWT", kid: "k1" }).sign(key);
    const bad = [
      "invalid",
      "a.b.c",
      `${token.slice(0, -20)}AAAAAAAAAAAAAAAAAAAA`,
      await tokenOf({}, "other"),
      await sign("RS256", other.privateKey),
      await sign("PS256", pair.privateKey),
      await sign("RS512", pair.privateKey),
      await tokenOf({ aud: ["projects/other"] }),
      await tokenOf({ aud: "projects/demo" }),
      await tokenOf({ aud: [] }),
      await tokenOf({ iss: "https://firebaseappcheck.googleapis.com/1234567890" }),
      await tokenOf({ sub: "" }),
      await tokenOf({ sub: undefined }),
      await tokenOf({ use: "example" }),
      await tokenOf({ cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }),
    ];
    for (const each of bad) expect(await codeOf(appCheck().verifyToken(each)), each).toBe("app-check/invalid-argument");
  });

  it("rejects with an error that can be written to JSON and does not show the token", async () => {
    const token = await tokenOf({ aud: ["projects/other"] });
    const error: unknown = await appCheck()
      .verifyToken(token)
      .catch((thrown: unknown) => thrown);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: "app-check/invalid-argument",
      message: expect.any(String),
    });
    expect(String(error)).not.toContain(token);
  });

  it("needs a project", () => {
    expect(() => appCheck({ projectId: "" })).toThrow(TypeError);
  });
});
