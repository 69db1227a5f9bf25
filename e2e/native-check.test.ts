import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NativeBridge, NativeIdentity } from "@countersign/client/native";
import { checkNativeHalf, type NativeCheckOptions, type NativeCheckReport } from "@countersign/client/native-check";
import {
  memoryStorage,
  nodeChannelTransport,
  nodeRandomness,
  nodeServiceTransport,
  nodeSocketTransport,
} from "@countersign/client/node";
import { formatConfigurationString, parseConfigurationString } from "@countersign/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { createNativeHalf } from "../testing/native-half.ts";

const folder = mkdtempSync(join(tmpdir(), "native-check-"));
let world: DemoWorld;

beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: true });
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

type Half = Pick<NativeCheckOptions, "bridge" | "identity"> & Partial<Pick<NativeCheckOptions, "randomness" | "clock">>;

/** The service under a name that is not this very machine's: it is spoken to over TLS, and may be asked to prove itself. */
const host = "service.example";

function configurationOf(): string {
  const parsed = parseConfigurationString(world.project.configuration);
  if (!parsed.ok) throw new TypeError(parsed.detail);
  return formatConfigurationString({ ...parsed.value, host });
}

/** A native half in software: a virtual phone whose answers cross as JSON, and for whom `service.example` is the demo's service. */
function halfOn(kind: "pixel" | "iphone"): Half {
  const device = world.devices[kind]();
  const trust = { trustedCas: [world.serviceCa ?? ""] };
  const channel = nodeChannelTransport(trust);
  const service = nodeServiceTransport({
    configuration: world.project.configuration,
    serviceCa: world.serviceCa ?? "",
  });
  const { bridge } = createNativeHalf({
    device,
    storage: memoryStorage(),
    service: { ...service, origin: `https://${host}:${world.port}` },
    channel: { ...channel, send: (request) => channel.send({ ...request, host: "localhost" }) },
    sockets: nodeSocketTransport(trust),
    project: world.project.id,
  });
  const { version, build } = device.app;
  const platform = kind === "pixel" ? "android" : "ios";
  return { bridge, identity: { platform, version, build, bundle: null } satisfies NativeIdentity };
}

function check(half: Half): Promise<NativeCheckReport> {
  const clock = { continuousMs: () => performance.now(), wallMs: () => Date.now() };
  return checkNativeHalf({ configuration: configurationOf(), randomness: nodeRandomness(), clock, ...half });
}

const brokenOf = ({ outcomes }: NativeCheckReport) => outcomes.filter(({ outcome }) => outcome !== "held");

describe.each(["pixel", "iphone"] as const)("the check of a native half, on a virtual %s", (kind) => {
  it("finds every promise kept", async () => {
    const report = await check(halfOn(kind));
    expect(brokenOf(report)).toEqual([]);
    expect([report.held, report.outcomes.length]).toEqual([true, expect.any(Number)]);
  });
});

/** A half that answers some calls otherwise, `bridge` being the sound one. */
const withCalls =
  (change: (bridge: NativeBridge) => Partial<NativeBridge>) =>
  (half: Half): Half => ({ ...half, bridge: { ...half.bridge, ...change(half.bridge) } });

const flipped = (signature: string | null | undefined): string =>
  (signature ?? "").replace(/^./, (c) => (c === "A" ? "B" : "A"));
const somehow = <T>(call: Promise<T>, answer: T): Promise<T> => call.catch(() => answer);

/** For each promise a half that breaks it. */
const faults: Readonly<Record<string, (half: Half) => Half>> = {
  "says what it runs on, and which build of the app it is in": (half) => ({
    ...half,
    identity: { ...half.identity, version: "" },
  }),
  "draws bytes that never repeat": (half) => ({
    ...half,
    randomness: { bytes: (length) => new Uint8Array(length) },
  }),
  "draws as many bytes as the longest secret needs": (half) => ({
    ...half,
    randomness: { bytes: (length) => nodeRandomness().bytes(Math.min(length, 1024)) },
  }),
  "has a clock that never goes back": (half) => {
    let now = 1e9;
    return { ...half, clock: { continuousMs: () => (now -= 1), wallMs: () => now } };
  },
  "says which detectors ran, and nothing of one that did not": withCalls(() => ({
    observe: async () => ({ detectors: {}, seen: [] }),
  })),
  "sees nothing severe on this phone": withCalls(() => ({
    observe: async () => ({ detectors: { hook: 1 }, seen: [{ name: "hook", count: 1, ageSeconds: 0 }] }),
  })),
  "stores a text, replaces it, and forgets it": withCalls(() => ({ write: async () => null })),
  "makes a key, and the platform's evidence of it": withCalls(({ enrol }) => ({
    enrol: async (of) => ({ ...(await enrol(of)), evidence: [] }),
  })),
  "makes keys that differ": withCalls(({ enrol }) => {
    let made: ReturnType<typeof enrol> | null = null;
    return { enrol: (of) => (made ??= enrol(of)) };
  }),
  "makes no key for another project": withCalls(({ enrol }) => ({
    enrol: (of) => enrol({ ...of, project: world.project.id }),
  })),
  "proves a statement that enrols": withCalls(({ prove }) => ({
    prove: async (of) => ({ signature: flipped((await prove(of)).signature) }),
  })),
  "proves a statement that opens a session": withCalls(({ prove }) => ({
    prove: async (of) => ({ signature: flipped((await prove(of)).signature) }),
  })),
  "signs nothing but a statement of this project, this platform and this key": withCalls(({ prove }) => ({
    prove: (of) => somehow(prove(of), { signature: "AAAA" }),
  })),
  "proves with the key before it that a key takes its place": withCalls(({ provePrevious }) => ({
    provePrevious: (of) => somehow(provePrevious(of), { signature: "AAAA" }),
  })),
  "makes DPoP proofs of exactly the request, without its query": withCalls(({ dpop }) => ({
    dpop: (of) => dpop({ ...of, method: "PUT" }),
  })),
  "signs requests over exactly the components that it names": withCalls(({ httpSignature }) => ({
    httpSignature: (of) => httpSignature({ ...of, contentDigest: null }),
  })),
  "signs no request that would write lines or parameters of its own": withCalls(({ httpSignature }) => ({
    httpSignature: (of) => somehow(httpSignature(of), { signatureInput: "", signature: "" }),
  })),
  "makes proofs of client attestations": withCalls(({ clientAttestationProof }) => ({
    clientAttestationProof: (of) => clientAttestationProof({ ...of, challenge: null }),
  })),
  "says that a key is gone for ever once it was forgotten": withCalls(() => ({ forget: async () => null })),
  "carries a request to the service and its answer back": withCalls(({ send }) => ({
    send: (of) => send({ ...of, target: "/nowhere" }),
  })),
  "carries two requests at a time": withCalls(({ send, receive }) => {
    let isBusy = false;
    return {
      send: (of) => {
        if (isBusy) return Promise.reject({ code: "network" });
        isBusy = true;
        return send(of);
      },
      receive: async (of) => {
        const answer = await receive(of);
        if (answer.piece === null) isBusy = false;
        return answer;
      },
    };
  }),
  "sends a body that comes in pieces": withCalls(() => ({ upload: () => Promise.reject({ code: "network" }) })),
  "sends nothing to a peer that does not prove itself by its pins": withCalls(({ send }) => ({
    send: (of) => send({ ...of, policy: { channel: "system", pins: [], roots: [] } }),
  })),
  "sends nothing to a peer whose policy names no root at all": withCalls(({ send }) => ({
    send: (of) => send({ ...of, policy: { channel: "system", pins: [], roots: [] } }),
  })),
  "speaks plain HTTP to this very device alone": withCalls(({ send }) => ({
    send: (of) => (of.secure ? send(of) : Promise.resolve({ status: 200, headers: [] })),
  })),
  "writes no header of two lines": withCalls(({ send }) => ({ send: (of) => send({ ...of, headers: [] }) })),
  "ends an exchange that is abandoned": withCalls(() => ({ abandon: async () => null })),
};

describe("the check of a native half, on one that is not sound", () => {
  it("has a fault planted for each of its promises", async () => {
    const { outcomes } = await check(halfOn("pixel"));
    expect(outcomes.map(({ name }) => name).sort()).toEqual(Object.keys(faults).sort());
  });

  it.each(Object.entries(faults))("finds the promise broken: %s", async (name, plant) => {
    const report = await check(plant(halfOn("pixel")));
    expect([report.held, report.outcomes.find((each) => each.name === name)]).toEqual([
      false,
      { name, outcome: "broken", instead: expect.any(String) },
    ]);
  });

  it("finds an iPhone that proves a session without an assertion", async () => {
    const unproved = withCalls(({ prove }) => ({
      prove: async (of) => ({ signature: (await prove(of)).signature ?? null }),
    }));
    const broken = brokenOf(await check(unproved(halfOn("iphone"))));
    expect(broken.map(({ name }) => name)).toContain("proves a statement that opens a session");
  });
});
