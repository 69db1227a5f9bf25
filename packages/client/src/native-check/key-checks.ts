import {
  concatBytes,
  encodeBase64url,
  previousInput,
  statementHash,
  statementMessage,
  toUtf8,
} from "@countersign/protocol";
import { verifyEs256 } from "../crypto/es256.ts";
import { sha256 } from "../crypto/sha256.ts";
import { type Bench, type Check, demand, demandRefusal } from "./check.ts";
import { bytesOf, statementOf } from "./made-key.ts";

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);

async function prove({ bridge, configuration, key }: Bench, statement: string, project = configuration.project) {
  return bridge.prove({ alias: (await key()).alias, project, statement });
}

/** Keys, evidence and statements: protocol sections 5, 7 and 14. */
export const keyChecks: readonly Check[] = [
  {
    name: "makes a key, and the platform's evidence of it",
    async run({ identity, key }) {
      const { point, made } = await key();
      const attested = bytesOf(made.attestedKey, "the attested key");
      const [evidence] = made.evidence;
      demand(made.evidence.length === 1 && evidence !== undefined, "there is not one piece of evidence");
      if (identity.platform === "android") {
        demand(isSame(attested, point), "the attested key is another than the instance key");
        demand(evidence.type === "android", `the evidence is of type ${evidence.type}`);
        demand(evidence.chain.length >= 3 && evidence.chain.length <= 6, `${evidence.chain.length} certificates`);
        for (const each of evidence.chain) bytesOf(each, "a certificate");
      } else {
        demand(!isSame(attested, point), "the App Attest key is the instance key");
        demand(evidence.type === "apple", `the evidence is of type ${evidence.type}`);
        bytesOf(evidence.attestation, "the attestation");
      }
    },
  },
  {
    name: "makes keys that differ",
    async run({ key, otherKey }) {
      demand(!isSame((await key()).point, (await otherKey()).point), "two names share a key");
    },
  },
  {
    name: "makes no key for another project",
    async run({ bridge, random }) {
      const of = { alias: random(16), project: random(16), challenge: random(60) };
      await demandRefusal("another project", () => bridge.enrol(of), ["unsupported"]);
    },
  },
  {
    name: "proves a statement that enrols",
    async run(bench) {
      const { point } = await bench.key();
      const { bytes, text } = statementOf(bench, "enrol", point);
      const proof = await prove(bench, text);
      const signature = bytesOf(proof.signature, "the signature");
      demand(verifyEs256(point, statementMessage(bytes), signature), "the signature does not verify");
      if (bench.identity.platform === "ios") bytesOf(proof.assertion, "the assertion");
    },
  },
  {
    name: "proves a statement that opens a session",
    async run(bench) {
      const { point } = await bench.key();
      const { bytes, text } = statementOf(bench, "session", point);
      const proof = await prove(bench, text);
      if (bench.identity.platform === "ios") {
        demand(bytesOf(proof.assertion, "the assertion").length > 64, "the assertion is too short");
      } else {
        const signature = bytesOf(proof.signature, "the signature");
        demand(verifyEs256(point, statementMessage(bytes), signature), "the signature does not verify");
      }
    },
  },
  {
    name: "signs nothing but a statement of this project, this platform and this key",
    async run(bench) {
      const { point } = await bench.key();
      const { point: other } = await bench.otherKey();
      const sound = statementOf(bench, "session", point).bytes;
      const changed = (members: Readonly<Record<string, unknown>>) =>
        statementOf(bench, "session", point, members).bytes;
      const unfit: Readonly<Record<string, Uint8Array>> = {
        "a statement of another project": changed({ project: bench.random(16) }),
        "a statement of another platform": changed({
          platform: bench.identity.platform === "ios" ? "android" : "ios",
        }),
        "a statement of another version": changed({ v: 2 }),
        "a statement of another use": changed({ use: "pay" }),
        "a statement of another key": statementOf(bench, "session", other).bytes,
        "a member that stands twice": concatBytes(toUtf8('{"v":1,'), sound.slice(1)),
        "text behind a statement": concatBytes(sound, toUtf8("{}")),
        "chosen bytes": toUtf8("sign this"),
        "no bytes": new Uint8Array(0),
        "more than 8 KiB": changed({ sdk: "x".repeat(9000) }),
      };
      for (const [what, bytes] of Object.entries(unfit)) {
        await demandRefusal(what, () => prove(bench, encodeBase64url(bytes)), ["unsupported"]);
      }
      const call = () => prove(bench, encodeBase64url(sound), bench.random(16));
      await demandRefusal("a call that names another project", call, ["unsupported"]);
    },
  },
  {
    name: "proves with the key before it that a key takes its place",
    async run(bench) {
      const { project } = bench.configuration;
      const old = await bench.otherKey();
      const { point } = await bench.key();
      const { bytes, text } = statementOf(bench, "enrol", point);
      const provePrevious = (statement: string) => bench.bridge.provePrevious({ alias: old.alias, project, statement });
      const signature = bytesOf((await provePrevious(text)).signature, "the signature");
      const message = previousInput(statementHash(sha256, bytes));
      demand(verifyEs256(old.point, message, signature), "the signature does not verify");
      const session = statementOf(bench, "session", point).text;
      await demandRefusal("a statement that enrols nothing", () => provePrevious(session), ["unsupported"]);
      const own = statementOf(bench, "enrol", old.point).text;
      await demandRefusal("its own enrolment", () => provePrevious(own), ["unsupported"]);
    },
  },
];

/** The last to be asked: the other key is gone then. */
export const forgettingCheck: Check = {
  name: "says that a key is gone for ever once it was forgotten",
  async run({ bridge, otherKey }) {
    const { alias } = await otherKey();
    await bridge.forget({ alias });
    const request = { method: "GET", url: "https://a.example/", token: null, nonce: null, iat: 1, jti: "j" };
    await demandRefusal("a forgotten key", () => bridge.dpop({ alias, ...request }), ["invalid_key"]);
    await bridge.forget({ alias });
  },
};
