import { isHost } from "./host.ts";
import * as limits from "./limits.ts";
import type { ManifestApi, ManifestSecret, ManifestToken, Place } from "./manifest-types.ts";
import { idPattern, tokenPattern } from "./names.ts";
import type { ValueReader } from "./value-reader.ts";

const id = { max: limits.nameCharacters, pattern: idPattern };
const headerName = { max: 64, pattern: tokenPattern };
const placeholderPattern = /^cs-[a-z0-9-]{1,48}-[a-z2-7]{10}$/;

/** Headers that frame a message or belong to the connection: nothing is ever filled into them. */
const framing = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Null where the values are to be bound in a way this version does not know. */
function readToken(token: ValueReader): ManifestToken | null {
  const bindingMember = token.optional("binding");
  const binding = bindingMember?.knownOf(["lines", "concatenated"]) ?? null;
  const limitedUse = token.optional("limitedUse");
  const read = {
    header: token.member("header").string(headerName),
    prefix: token.member("prefix").string({ max: 64 }),
    bind: token.member("bind").list({ max: 16 }, (header) => header.string(headerName)),
    ...(binding === null ? {} : { binding }),
    ...(limitedUse === null ? {} : { limitedUse: limitedUse.boolean() }),
  };
  return bindingMember !== null && binding === null ? null : read;
}

/** An unknown word among `channel`, `proof` and `binding` refuses the host and leaves the rest of the manifest in force. */
export function readApi(api: ValueReader): ManifestApi {
  const host = api.member("host").string({ max: 255 });
  if (!isHost(host)) api.fail("has a host of a wrong form");
  const tokenMember = api.optional("token");
  const token = tokenMember === null ? null : readToken(tokenMember);
  const proofMember = api.optional("proof");
  const proof = proofMember?.knownOf(["dpop", "httpsig"]) ?? null;
  const known = api.member("channel").knownOf(["pins", "roots", "both", "system"]);
  const isUnknown = (tokenMember !== null && token === null) || (proofMember !== null && proof === null);
  const channel = known === null || isUnknown ? "unknown" : known;
  const pins = api.member("pins").list({ max: limits.pinsMax }, (pin) => pin.bytesText(32));
  if ((channel === "pins" || channel === "both") && pins.length < limits.pinsMin) api.fail("has fewer than 2 pins");
  return {
    api: api.member("api").string(id),
    host,
    port: api.member("port").integer(1, 65535),
    channel,
    pins,
    ...(token === null ? {} : { token }),
    ...(proof === null ? {} : { proof }),
    whenUnavailable: api.member("whenUnavailable").knownOf(["fail", "proceed"]) ?? "fail",
  };
}

function isName(where: Place["in"], name: string): boolean {
  if (where === "header") return tokenPattern.test(name) && !framing.has(name.toLowerCase());
  if (where === "segment") return /^[1-9][0-9]?$/.test(name);
  if (where === "basic") return name === "username" || name === "password";
  if (where === "json") return /^(?:\/(?:[^~/]|~0|~1)*)+$/.test(name);
  return name !== "";
}

/** One place; null where `in` or `when` is a word this version does not know: such a place is never filled. */
export function readPlace(place: ValueReader): Place | null {
  const where = place.member("in").knownOf(["header", "query", "segment", "form", "json", "basic"]);
  const when = place.member("when").knownOf(["placeholder", "always"]);
  const prefix = place.optional("prefix");
  const name = place.member("name").string({ max: 256 });
  const read = {
    api: place.member("api").string(id),
    methods: place
      .member("methods")
      .list({ min: 1, max: 16 }, (method) => method.string({ max: 32, pattern: /^[A-Z][A-Z-]*$/ })),
    path: place.member("path").string({ max: 1024, pattern: /^\/[!-~]*$/ }),
    name,
    ...(prefix === null ? {} : { prefix: prefix.string({ max: 128 }) }),
  };
  if (where === null || when === null) return null;
  if (!isName(where, name)) place.fail("has a name of a wrong form");
  return { ...read, in: where, when };
}

export function readSecret(secret: ValueReader): ManifestSecret {
  const name = secret.member("name").string(id);
  const placeholder = secret.member("placeholder").string({ max: 64, pattern: placeholderPattern });
  if (placeholder.slice(0, -11) !== `cs-${name}`) secret.fail("has a placeholder of another name");
  const places = secret.member("places").list({ max: limits.places }, readPlace);
  return { name, placeholder, places: places.filter((place) => place !== null) };
}
