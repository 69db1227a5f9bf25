import {
  formatConfigurationString,
  isProblemCode,
  type Parsed,
  padSession,
  parseAnswerBody,
  parseChallenge,
  parseChallengeRequest,
  parseConfigurationString,
  parseEnrolRequest,
  parseKeyList,
  parseKeyListEnvelope,
  parseManifest,
  parseManifestEnvelope,
  parsePass,
  parseSealedSession,
  parseSessionRequest,
  parseSignedAnswer,
  parseStatement,
  parseStrictJson,
  parseStrictUrl,
} from "@countersign/protocol";
import { openCredential, sha256 } from "@countersign/protocol/server";
import { loadSeeds, loadWorld } from "../corpus.ts";
import { type FuzzTarget, guarantee } from "../target.ts";
import { same } from "./same.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
const bytes = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
const words = [
  "{",
  "}",
  "[",
  "]",
  '"',
  '\\"',
  "\\ud800",
  "\\u0000",
  "1e999",
  "9007199254740993",
  "-0",
  "null",
  '"v":1,',
  '"__proto__":{},',
].map(bytes);

/** A refusal has a code of the table, and its detail is ours and never the input's. */
function assertRefusal(refused: { readonly code: string; readonly detail: string }): void {
  guarantee(isProblemCode(refused.code), `no code of the table: ${refused.code}`);
  guarantee(refused.detail.length > 0 && refused.detail.length < 200, "a detail that is none, or long");
}

/** A parser of JSON: what it accepts is I-JSON, and means the same written by another writer. */
function jsonTarget(name: string, parse: (input: Uint8Array) => Parsed<unknown>): FuzzTarget {
  return {
    name,
    shape: "json",
    seeds: loadSeeds(name),
    words,
    read(input) {
      const result = parse(input);
      if (!result.ok) {
        assertRefusal(result);
        return false;
      }
      const rewritten = JSON.stringify(JSON.parse(text(input)));
      const again = parse(bytes(rewritten));
      guarantee(again.ok && same(again.value, result.value), "written out by another writer, it means something else");
      return true;
    },
  };
}

const strictJson: FuzzTarget = {
  name: "strict-json",
  shape: "json",
  seeds: loadSeeds("strict-json"),
  words,
  read(input) {
    const result = parseStrictJson(input, { maxBytes: 64 * 1024 });
    if (!result.ok) {
      assertRefusal(result);
      return false;
    }
    const other: unknown = JSON.parse(text(input));
    guarantee(same(result.value, normal(other)), "JSON.parse reads another value");
    return true;
  },
};

/** -0 is 0 to us, and null prototypes do not arise. */
function normal(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const origins = [
  { host: "api.nasa.gov", port: 443 },
  { host: "api.telegram.test", port: 8443 },
];

/** WHATWG writes an IPv6 literal in its one shortest form; a strict URL keeps the form that was given. */
const asWritten = (host: string): string => (host.startsWith("[") ? new URL(`https://${host}`).hostname : host);

const strictUrl: FuzzTarget = {
  name: "strict-url",
  shape: "bytes",
  seeds: loadSeeds("strict-url"),
  words: [
    "https://",
    "api.nasa.gov",
    "@",
    ":443",
    ":8443",
    "/../",
    "%2e%2e",
    "%2f",
    "\\",
    "#",
    "?",
    "[::1]",
    "%00",
    "\u{ff0f}",
    ".",
    ";",
  ].map(bytes),
  read(input) {
    const result = parseStrictUrl(text(input), origins);
    if (!result.ok) return false;
    const { url } = result;
    const other = new URL(url.text);
    guarantee(other.hostname === asWritten(url.host) && other.protocol === "https:", "WHATWG sees another host");
    guarantee((other.port === "" ? 443 : Number(other.port)) === url.port, "WHATWG sees another port");
    guarantee(
      other.username === "" && other.password === "" && other.hash === "",
      "WHATWG sees userinfo or a fragment",
    );
    // WHATWG escapes a few characters of paths and queries; what it removes or adds are segments.
    guarantee(other.pathname.split("/").length === url.path.split("/").length, "WHATWG sees another path");
    const again = parseStrictUrl(url.text, origins);
    guarantee(again.ok && again.url.text === url.text, "its own text is read as something else");
    return true;
  },
};

const configurationString: FuzzTarget = {
  name: "configuration-string",
  shape: "bytes",
  seeds: loadSeeds("configuration-string"),
  words: [
    "cs1~",
    "csd1~",
    "~",
    ":",
    "localhost",
    "127.0.0.1",
    "[::1]",
    ":0",
    ":65536",
    "=",
    "AAAAAAAAAAAAAAAAAAAAAA",
  ].map(bytes),
  read(input) {
    const result = parseConfigurationString(text(input));
    if (!result.ok) {
      assertRefusal(result);
      return false;
    }
    guarantee(formatConfigurationString(result.value) === text(input), "formatted again, it is another text");
    return true;
  },
};

const credential: FuzzTarget = {
  name: "credential",
  shape: "bytes",
  seeds: loadSeeds("credential"),
  read(input) {
    const world = loadedWorld;
    const result = openCredential(text(input), {
      seedOf: (generation) => (generation === 1 ? world.projectSeed : null),
      project: world.project,
    });
    if (!result.ok) {
      guarantee(result.code === "credential_invalid", "another code");
      return false;
    }
    guarantee(
      credential.seeds.some((seed) => same(seed, input)),
      "a forged credential opens",
    );
    return true;
  },
};

const sealed = loadWorld().credential;
const loadedWorld = {
  projectSeed: new Uint8Array(Buffer.from(sealed.projectSeed, "base64")),
  project: new Uint8Array(Buffer.from(sealed.project, "base64")),
};

const challenge: FuzzTarget = {
  name: "challenge",
  shape: "bytes",
  seeds: loadSeeds("challenge"),
  read(input) {
    const result = parseChallenge(text(input));
    if (!result.ok) assertRefusal(result);
    return result.ok;
  },
};

/** Parsers of the wire protocol. */
export const protocolTargets: readonly FuzzTarget[] = [
  strictJson,
  jsonTarget("statement", parseStatement),
  jsonTarget("challenge-request", parseChallengeRequest),
  jsonTarget("session-request", parseSessionRequest),
  jsonTarget("enrol-request", parseEnrolRequest),
  jsonTarget("signed-answer", parseSignedAnswer),
  jsonTarget("answer-body", parseAnswerBody),
  jsonTarget("key-list-envelope", parseKeyListEnvelope),
  jsonTarget("key-list", (input) => parseKeyList(input, sha256)),
  jsonTarget("manifest-envelope", parseManifestEnvelope),
  jsonTarget("manifest", parseManifest),
  jsonTarget("sealed-session", (input) => parseSealedSession(padSession(input))),
  jsonTarget("pass", parsePass),
  strictUrl,
  configurationString,
  credential,
  challenge,
];
