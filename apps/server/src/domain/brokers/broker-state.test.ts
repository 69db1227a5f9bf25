import { decodeBase64url, type Manifest } from "@countersign/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findLeaks } from "../../../../../testing/leak-detector.ts";
import { type DeviceLab, openDeviceLab, secretValue } from "../../http/device/device-lab.suite.ts";
import { type BrokerContent, type BrokerState, encodeState, parseState } from "./broker-state.ts";
import { contentOfProject } from "./content-of-project.ts";

const actor = { id: "lab", name: "lab" };
const brokered = "a-brokered-value-4711";
const deciding = "a-value-by-verdict-22";
let lab: DeviceLab;
let content: BrokerContent;

const device = () => lab.service().domain.device;
const contextOf = async () => {
  const context = await device().contexts.get(lab.project);
  if (context === null) throw new TypeError("the lab has a project");
  return context;
};
const stateOf = (of: BrokerContent): BrokerState => ({
  serverTimeMs: 5,
  origin: "https://broker.example",
  project: { revision: "r", content: of },
  bans: { revision: "b", sequence: 3, content: [{ kind: "ban", by: "instance", target: "i", untilMs: null }] },
});

beforeAll(async () => {
  lab = await openDeviceLab();
  const { admin } = lab.service().domain;
  const places = (await admin.listSecrets(lab.project))[0]?.places ?? [];
  await admin.setSecret(actor, lab.project, "brokered", { value: brokered, mode: "brokered", places });
  await admin.setSecret(actor, lab.project, "deciding", { value: deciding, mode: "by-verdict", places });
  content = contentOfProject(device().vault, await contextOf());
});
afterAll(() => lab.close());

describe("what a broker that stands alone is told", () => {
  it("comes back as it was, with the bytes of values beside the text", () => {
    const state = stateOf(content);
    expect(parseState(encodeState(state))).toEqual(state);
    const nothing = { ...state, project: { revision: "r", content: null }, bans: { ...state.bans, content: null } };
    expect(parseState(encodeState(nothing))).toEqual(nothing);
  });

  it("holds the values that are brokered for some verdict, and never one that is delivered alone", () => {
    expect(content.secrets.map(({ name, value }) => [name, Buffer.from(value ?? []).toString()])).toEqual([
      ["brokered", brokered],
      ["deciding", deciding],
    ]);
    expect(findLeaks(encodeState(stateOf(content)), Buffer.from(secretValue))).toEqual([]);
  });

  it("holds no seed, no private key, and no key of the project but those for passes and links", async () => {
    const context = await contextOf();
    const told = encodeState(stateOf(content));
    const kept = [
      ...context.seeds.map(({ seed }) => seed.reveal()),
      ...[context.responseKey, context.manifestKey].map(
        ({ privateKey }) => decodeBase64url(String(privateKey.export({ format: "jwk" }).d)) ?? new Uint8Array(),
      ),
    ];
    expect(kept.every(({ length }) => length === 32)).toBe(true);
    for (const bytes of kept) expect(findLeaks(told, bytes)).toEqual([]);
  });

  it("is nothing where any byte is missing, or the text is not of its form", () => {
    const bytes = encodeState(stateOf(content));
    for (let length = 0; length < bytes.length; length += 1) expect(parseState(bytes.subarray(0, length))).toBeNull();
    const broken = bytes.slice();
    broken.set([255, 255, 255, 255]);
    expect(parseState(broken)).toBeNull();
  });

  it("is nothing with a secret that is delivered, a key of another length, or a manifest that is none", () => {
    const [secret] = content.secrets;
    const [keys] = content.passKeys.values();
    if (secret === undefined || keys === undefined) throw new TypeError("the content has a secret and keys");
    const wrong: readonly BrokerContent[] = [
      { ...content, secrets: [{ ...secret, mode: "delivered" }] },
      { ...content, passKeys: new Map([[1, { ...keys, pass: new Uint8Array(31) }]]) },
      { ...content, passKeys: new Map() },
      { ...content, manifest: { ...content.manifest, project: "short" } as Manifest },
    ];
    for (const each of wrong) expect(parseState(encodeState(stateOf(each)))).toBeNull();
  });

  it("leaves a secret without terms where they say what this version does not know", () => {
    const [secret] = content.secrets;
    if (secret === undefined) throw new TypeError("the content has a secret");
    const terms = { processor: { kind: "hmac-of-tomorrow" }, budgets: [] } as never;
    const read = parseState(encodeState(stateOf({ ...content, secrets: [{ ...secret, terms }] })));
    expect(read?.project.content?.secrets[0]?.terms).toBeNull();
  });
});
