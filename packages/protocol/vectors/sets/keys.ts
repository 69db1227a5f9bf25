import {
  compareKeyListOrder,
  compareManifestOrder,
  decodeBase64url,
  judgeManifest,
  type KeyList,
  type KeyListOrder,
  keyListInput,
  type Manifest,
  type ManifestOrder,
  type ManifestToken,
  manifestInput,
  parseConfigurationString,
  parseKeyList,
  parseKeyListEnvelope,
  parseManifest,
  parseManifestEnvelope,
  rootOf,
  tag,
  toUtf8,
} from "@countersign/protocol";
import { sha256, signKeyList, signManifest, verifyEs256 } from "@countersign/protocol/server";
import { type Vector, type VectorSet, vectorOf } from "../vector.ts";
import { configurationText, keyListOf, keys, manifestOf } from "../world.ts";

/** Section 3: an envelope against the configuration and the order of the held list. */
function judgeKeyList(text: Uint8Array, held: KeyListOrder | null): string {
  const no = "service_untrusted";
  const configuration = parseConfigurationString(configurationText);
  const envelope = parseKeyListEnvelope(text);
  if (!configuration.ok || !envelope.ok) return no;
  const { signed, point, signature } = envelope.value;
  const root = rootOf(sha256, point, configuration.value);
  if (root === null || !verifyEs256(point, keyListInput(signed), signature)) return no;
  const list = parseKeyList(signed, sha256);
  const { project, environment } = configuration.value;
  if (!list.ok || list.value.project !== project || list.value.environment !== environment) return no;
  const order = { recovery: root === "recovery", version: list.value.version };
  return held === null || compareKeyListOrder(order, held) > 0 ? "ok" : "not_newer";
}

function keysVector(
  name: string,
  expected: string,
  signer: "root" | "recovery" | "stranger",
  members: Partial<KeyList>,
  held: KeyListOrder | null,
): Vector {
  const key = keys[signer];
  const envelope = signKeyList(keyListOf(members), { point: key.point, key: key.sign });
  const signed = decodeBase64url(envelope.signed) ?? key.point;
  return vectorOf({
    name,
    expected,
    inputs: { configuration: configurationText, held },
    steps: {
      prefix: tag("keys"),
      signedText: JSON.stringify(keyListOf(members)),
      signatureInput: keyListInput(signed),
    },
    travels: { envelope: toUtf8(JSON.stringify(envelope)) },
    judge: (travels) => judgeKeyList(travels.envelope ?? signed, held),
  });
}

export function keysSet(): VectorSet {
  const wrongKid = keyListOf().keys.map((key) => ({ ...key, kid: keys.stranger.kid }));
  return {
    set: "keys",
    about: "Section 3: key lists by root and recovery root. `not_newer`: genuine, but not taken.",
    vectors: [
      keysVector("first list by the root", "ok", "root", {}, null),
      keysVector("newer list by the root", "ok", "root", { version: 3 }, { recovery: false, version: 2 }),
      keysVector("same version again", "not_newer", "root", {}, { recovery: false, version: 2 }),
      keysVector("rollback", "not_newer", "root", { version: 1 }, { recovery: false, version: 2 }),
      keysVector("recovery with a lower version", "ok", "recovery", { version: 1 }, { recovery: false, version: 900 }),
      keysVector("root after recovery", "not_newer", "root", { version: 901 }, { recovery: true, version: 1 }),
      keysVector("signed by a stranger", "service_untrusted", "stranger", {}, null),
      keysVector("of a development project", "service_untrusted", "root", { environment: "development" }, null),
      keysVector("with a key id that is not its point's", "service_untrusted", "root", { keys: wrongKid }, null),
    ],
  };
}

type Held = (ManifestOrder & { readonly signed: Uint8Array }) | null;

/** Section 3: an envelope against the held key list (epoch 1) and the held manifest. */
function judgeManifestEnvelope(text: Uint8Array, held: Held): string {
  const no = "service_untrusted";
  const envelope = parseManifestEnvelope(text);
  if (!envelope.ok || envelope.value.kid !== keys.manifest.kid) return no;
  const { signed, signature } = envelope.value;
  if (!verifyEs256(keys.manifest.point, manifestInput(signed), signature)) return no;
  const manifest = parseManifest(signed);
  if (!manifest.ok || manifest.value.epoch !== keyListOf().manifestEpoch) return no;
  const { project, environment, app } = manifest.value;
  const own = keyListOf();
  if (project !== own.project || environment !== own.environment || app !== "astropiks") return no;
  const verdict = judgeManifest(held, { ...manifest.value, signed });
  if (verdict === "refused")
    return held !== null && compareManifestOrder(manifest.value, held) === 0 ? "other_bytes" : "not_newer";
  return verdict === "take" ? "ok" : "same";
}

function manifestVector(
  name: string,
  expected: string,
  members: Partial<Manifest>,
  held: Held,
  key: "manifest" | "response" = "manifest",
): Vector {
  const envelope = signManifest(manifestOf(members), { kid: keys.manifest.kid, key: keys[key].sign });
  const signed = decodeBase64url(envelope.signed) ?? keys.root.point;
  return vectorOf({
    name,
    expected,
    inputs: {
      project: manifestOf().project,
      app: "astropiks",
      manifestPoint: keys.manifest.point,
      kid: keys.manifest.kid,
      manifestEpoch: 1,
      held,
    },
    steps: {
      prefix: tag("manifest"),
      signedText: JSON.stringify(manifestOf(members)),
      signatureInput: manifestInput(signed),
    },
    travels: { envelope: toUtf8(JSON.stringify(envelope)) },
    judge: (travels) => judgeManifestEnvelope(travels.envelope ?? signed, held),
  });
}

export function manifestSet(): VectorSet {
  const bytesOf = (members: Partial<Manifest>): Uint8Array => toUtf8(JSON.stringify(manifestOf(members)));
  const heldAt = (epoch: number, version: number, members: Partial<Manifest> = {}): Held => ({
    epoch,
    version,
    signed: bytesOf({ epoch, version, ...members }),
  });
  const [nasa, bot] = manifestOf().apis;
  if (nasa === undefined || bot === undefined) throw new Error("the manifest has two APIs");
  const counted = { header: "x-token", prefix: "", bind: ["authorization"], limitedUse: true } as const;
  const withToken = (change: Partial<ManifestToken>): Partial<Manifest> => ({
    apis: [{ ...nasa, token: { ...counted, binding: "concatenated", ...change } }, bot],
  });
  return {
    set: "manifest",
    about: "Section 3: manifests of epoch 1. `not_newer`, `other_bytes`: refused; `same`: the held one, again.",
    vectors: [
      manifestVector("first manifest", "ok", {}, null),
      manifestVector("newer version", "ok", { version: 8 }, heldAt(1, 7)),
      manifestVector("newer epoch with a lower version", "ok", { version: 1 }, heldAt(0, Number.MAX_SAFE_INTEGER)),
      manifestVector("the same again", "same", {}, heldAt(1, 7)),
      manifestVector("rollback", "not_newer", { version: 6 }, heldAt(1, 7)),
      manifestVector("equal version with other bytes", "other_bytes", {}, heldAt(1, 7, { staleAfterSeconds: 1 })),
      manifestVector("of another epoch than the key list's", "service_untrusted", { epoch: 2 }, null),
      manifestVector("signed by a response key", "service_untrusted", {}, null, "response"),
      manifestVector(
        "with one pin",
        "service_untrusted",
        { apis: [{ ...nasa, pins: nasa.pins.slice(0, 1) }, bot] },
        null,
      ),
      manifestVector("with tokens that count once, bound to trimmed values", "ok", withToken({}), null),
      manifestVector(
        "with a binding that this version does not know, which refuses that host alone",
        "ok",
        withToken({ binding: "sorted" as "lines" }),
        null,
      ),
      manifestVector("with a broker that stands alone", "ok", { broker: "https://broker.example:8401" }, null),
      manifestVector(
        "with a broker over plain http in production",
        "service_untrusted",
        { broker: "http://localhost:8401" },
        null,
      ),
      manifestVector(
        "with a broker that has a path",
        "service_untrusted",
        { broker: "https://broker.example/b" },
        null,
      ),
    ],
  };
}
