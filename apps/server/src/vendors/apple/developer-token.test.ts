import { createPublicKey } from "node:crypto";
import { generateSigningKey } from "@countersign/protocol/server";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { expect, it } from "vitest";
import { createDeveloperTokens } from "./developer-token.ts";

const { privateKey } = generateSigningKey();
const key = { teamId: "A1B2C3D4E5", keyId: "KEY1234567", privateKey };

it("makes tokens that an independent library verifies, with exactly the documented members", async () => {
  const nowMs = Date.now();
  const token = createDeveloperTokens(key, () => nowMs)();
  expect(decodeProtectedHeader(token)).toEqual({ alg: "ES256", kid: "KEY1234567" });
  const { payload } = await jwtVerify(token, createPublicKey(privateKey), { algorithms: ["ES256"] });
  expect(payload).toEqual({ iss: "A1B2C3D4E5", iat: Math.floor(nowMs / 1000) });
});

it("uses one token for twenty minutes, and none that is from the future of a clock put back", () => {
  let nowMs = 1_000_000_000_000;
  const tokenOf = createDeveloperTokens(key, () => nowMs);
  const first = tokenOf();
  nowMs += 20 * 60_000 - 1;
  expect(tokenOf()).toBe(first);
  nowMs += 1;
  const second = tokenOf();
  expect(second).not.toBe(first);
  nowMs -= 3_600_000;
  expect(tokenOf()).not.toBe(second);
});
