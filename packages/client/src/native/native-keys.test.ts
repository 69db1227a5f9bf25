import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { createSoftwareKeys } from "../testing/software-keys.ts";
import type { NativeKeyCalls } from "./native-bridge.ts";
import { nativeKeys } from "./native-keys.ts";

const b64u = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
const randomness = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
const project = b64u(randomBytes(16));

function keysOver(calls: Partial<NativeKeyCalls>) {
  return nativeKeys({ bridge: calls as NativeKeyCalls, platform: "android", project, randomness });
}

const point = async (): Promise<string> =>
  b64u((await createSoftwareKeys("android").enrol(new Uint8Array(60))).instanceKey);

it("names a key before it is made, and goes on under that name with one whose making broke off", async () => {
  const made = await point();
  const aliases: string[] = [];
  const keys = keysOver({
    enrol: async ({ alias }) => {
      aliases.push(alias);
      if (aliases.length === 1) throw { code: "unavailable" };
      return { instanceKey: made, attestedKey: made, evidence: [] };
    },
  });
  const failed = await keys
    .enrol(new Uint8Array(60))
    .catch((error: unknown) => error as { code: string; alias: string });
  expect(failed).toMatchObject({ code: "unavailable", alias: aliases[0] });
  expect(await keys.enrol(new Uint8Array(60), aliases[0])).toMatchObject({ alias: aliases[0] });
  expect(aliases).toEqual([aliases[0], aliases[0]]);
});

it.each([
  ["invalid_key", "invalid_key"],
  ["unsupported", "unsupported"],
  ["unavailable", "unavailable"],
  ["E_SOMETHING", "unavailable"],
])("reads a rejection of code %s as %s, without its text", async (code, expected) => {
  const keys = keysOver({ prove: () => Promise.reject({ code, message: "what was sent" }) });
  const failed = keys.prove("one", new Uint8Array(2));
  await expect(failed).rejects.toMatchObject({ name: "NativeKeyError", code: expected, alias: "one" });
  await expect(failed).rejects.not.toThrow("what was sent");
});

it("believes no key that is no point, and no signature that is no bytes", async () => {
  const good = await point();
  for (const instanceKey of ["", "AAAA", null as unknown as string]) {
    const keys = keysOver({ enrol: async () => ({ instanceKey, attestedKey: good, evidence: [] }) });
    await expect(keys.enrol(new Uint8Array(60))).rejects.toMatchObject({ code: "unavailable" });
  }
  const keys = keysOver({ prove: async () => ({ signature: "no b64u!" }) });
  await expect(keys.prove("one", new Uint8Array(2))).rejects.toMatchObject({ code: "unavailable" });
});

it("gives of a proof the members that there are", async () => {
  const keys = keysOver({ prove: async () => ({ assertion: null, signature: "AQI" }) });
  expect(await keys.prove("one", new Uint8Array(2))).toEqual({ signature: new Uint8Array([1, 2]) });
});
