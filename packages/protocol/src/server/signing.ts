import type { KeyObject } from "node:crypto";
import { type AnswerBody, responseInput, type SignedAnswer } from "../answer.ts";
import { encodeBase64url } from "../base64url.ts";
import { type KeyList, type KeyListEnvelope, keyListInput } from "../key-list.ts";
import { manifestInput } from "../manifest.ts";
import type { Manifest, ManifestEnvelope } from "../manifest-types.ts";
import { toUtf8 } from "../utf8.ts";
import { signEs256 } from "./es256.ts";

/** Signs a message: a key in memory, a file, or an HSM. 64 bytes `r ∥ s`. */
export type Signer = (message: Uint8Array) => Uint8Array;

function signerOf(key: KeyObject | Signer): Signer {
  return typeof key === "function" ? key : (message) => signEs256(key, message);
}

/** Signs an answer to the statement whose hash is `hash`. */
export function signAnswer(options: {
  readonly responseKey: KeyObject | Signer;
  readonly kid: string;
  readonly hash: Uint8Array;
  readonly body: AnswerBody;
  readonly keys?: KeyListEnvelope;
  readonly manifest?: ManifestEnvelope;
}): SignedAnswer {
  const signed = toUtf8(JSON.stringify(options.body));
  const signature = signerOf(options.responseKey)(responseInput(options.hash, signed));
  return {
    v: 1,
    kid: options.kid,
    signed: encodeBase64url(signed),
    signature: encodeBase64url(signature),
    ...(options.keys === undefined ? {} : { keys: options.keys }),
    ...(options.manifest === undefined ? {} : { manifest: options.manifest }),
  };
}

/** Signs a key list by a root whose point is `point`. */
export function signKeyList(
  list: KeyList,
  root: { readonly point: Uint8Array; readonly key: KeyObject | Signer },
): KeyListEnvelope {
  const signed = toUtf8(JSON.stringify(list));
  const signature = signerOf(root.key)(keyListInput(signed));
  return { signed: encodeBase64url(signed), point: encodeBase64url(root.point), signature: encodeBase64url(signature) };
}

/** Signs a manifest by a manifest key of the current key list. */
export function signManifest(
  manifest: Manifest,
  by: { readonly kid: string; readonly key: KeyObject | Signer },
): ManifestEnvelope {
  const signed = toUtf8(JSON.stringify(manifest));
  const signature = signerOf(by.key)(manifestInput(signed));
  return { kid: by.kid, signed: encodeBase64url(signed), signature: encodeBase64url(signature) };
}
