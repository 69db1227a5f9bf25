import {
  encodeBase64,
  fillRequest,
  fromUtf8,
  type HeaderList,
  placeholderOf,
  toHex,
  toUtf8,
} from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { type Vector, type VectorSet, vectorOf } from "../vector.ts";
import { manifestOf, project } from "../world.ts";

const manifest = manifestOf();
const nasaKey = placeholderOf(sha256, project, "nasa-key");
const botToken = placeholderOf(sha256, project, "bot-token");
const values: Readonly<Record<string, string>> = { "nasa-key": 's3cr&t "ü"', "bot-token": "110201543:AAHdqTcv" };
const asciiValues = { ...values, "nasa-key": "s3cr&t+key" };

interface Case {
  readonly name: string;
  readonly expected: string;
  readonly url: string;
  readonly method?: string;
  readonly headers?: HeaderList;
  readonly body?: string | Uint8Array;
  readonly values?: Readonly<Record<string, string>>;
}

interface Outcome {
  readonly code: string;
  readonly output: unknown;
  readonly used: number;
}

function fill(entry: Case, url: string): Outcome {
  const known = entry.values ?? values;
  const body = typeof entry.body === "string" ? toUtf8(entry.body) : (entry.body ?? null);
  const filled = fillRequest({
    url,
    method: entry.method ?? "GET",
    headers: entry.headers ?? [],
    body,
    manifest,
    secretOf: (name) => (Object.hasOwn(known, name) ? (known[name] ?? null) : null),
  });
  if (filled.kind === "refused") return { code: filled.code, output: { secret: filled.secret }, used: 0 };
  if (filled.kind === "unchanged") return { code: "unchanged", output: { unfilled: filled.unfilled }, used: 0 };
  const output = {
    api: filled.api.api,
    url: filled.url.text,
    shownUrl: filled.shownUrl,
    headers: filled.headers,
    body: filled.body === null ? null : toHex(filled.body),
    used: filled.used.map((secret) => secret.name),
    unfilled: filled.unfilled,
  };
  return { code: "filled", output, used: filled.used.length };
}

function caseVector(entry: Case): Vector {
  const whole = fill(entry, entry.url);
  const isFill = whole.code === "filled" && whole.used > 0;
  return vectorOf({
    name: entry.name,
    expected: entry.expected,
    mayStay: true,
    inputs: {
      method: entry.method ?? "GET",
      headers: entry.headers ?? [],
      body: typeof entry.body === "string" ? toUtf8(entry.body) : (entry.body ?? null),
      values: entry.values ?? values,
      manifest: JSON.stringify(manifest),
    },
    steps: { output: whole.output },
    travels: { url: toUtf8(entry.url) },
    // `ok`: secrets were filled, and just so. A changed URL may still be filled otherwise (`other`), or with fewer secrets (`unfilled`).
    judge: (travels) => {
      const text = fromUtf8(travels.url ?? toUtf8(""));
      if (text === null) return "not_text";
      const now = fill(entry, text);
      if (now.code !== "filled") return now.code;
      if (now.used < whole.used) return "unfilled";
      return isFill && JSON.stringify(now.output) === JSON.stringify(whole.output) ? "ok" : "other";
    },
  });
}

const apod = "https://api.nasa.gov/planetary/apod";
const json: HeaderList = [["content-type", "application/json"]];
const form: HeaderList = [["Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"]];

/** URLs whose verdict is that of step 1 alone. */
const urls: readonly (readonly [string, string, string])[] = [
  ["host in upper case", "url_refused", "https://API.nasa.gov/planetary/apod"],
  ["plain http", "url_refused", "http://api.nasa.gov/planetary/apod"],
  ["scheme in upper case", "url_refused", "HTTPS://api.nasa.gov/planetary/apod"],
  ["userinfo", "url_refused", "https://user@api.nasa.gov/planetary/apod"],
  ["registered host as userinfo", "url_refused", "https://api.nasa.gov@evil.example/planetary/apod"],
  ["registered host as userinfo with port", "url_refused", "https://api.nasa.gov:443@evil.example/"],
  ["backslash before userinfo", "url_refused", "https://evil.example\\@api.nasa.gov/planetary/apod"],
  ["backslash in the path", "url_refused", "https://api.nasa.gov/planetary\\apod"],
  ["trailing dot", "url_refused", "https://api.nasa.gov./planetary/apod"],
  ["percent in the host", "url_refused", "https://api%2Enasa.gov/planetary/apod"],
  ["full-width host", "url_refused", "https://ａpi.nasa.gov/planetary/apod"],
  ["ideographic full stop", "url_refused", "https://api.nasa。gov/planetary/apod"],
  ["encoded ideographic full stop", "url_refused", "https://api.nasa%E3%80%82gov/planetary/apod"],
  ["tab inside the host", "url_refused", "https://api.na\tsa.gov/planetary/apod"],
  ["line break inside the host", "url_refused", "https://api.nasa\n.gov/planetary/apod"],
  ["soft hyphen inside the host", "url_refused", "https://api.na\u00adsa.gov/planetary/apod"],
  ["leading space", "url_refused", " https://api.nasa.gov/planetary/apod"],
  ["space in the query", "url_refused", "https://api.nasa.gov/planetary/apod?q=a b"],
  ["non-ASCII in the path", "url_refused", "https://api.nasa.gov/planetary/ü"],
  ["unregistered port", "url_refused", "https://api.nasa.gov:444/planetary/apod"],
  ["port with a leading zero", "url_refused", "https://api.nasa.gov:0443/planetary/apod"],
  ["empty port", "url_refused", "https://api.nasa.gov:/planetary/apod"],
  ["port of the other host", "url_refused", "https://api.telegram.test/x"],
  ["dot segment", "url_refused", "https://api.nasa.gov/planetary/../apod"],
  ["encoded dot segment", "url_refused", "https://api.nasa.gov/planetary/%2e%2E/apod"],
  ["dot segment encoded twice", "url_refused", "https://api.nasa.gov/planetary/%252e%252e/apod"],
  ["dot segment behind an encoded slash", "url_refused", "https://api.nasa.gov/planetary/a%2f..%2fb"],
  ["dot segment behind an encoded backslash", "url_refused", "https://api.nasa.gov/planetary/a%5C.%5Cb"],
  ["dot segment with a parameter", "url_refused", "https://api.nasa.gov/planetary/..;/notes"],
  ["dot segment with a named parameter", "url_refused", "https://api.nasa.gov/planetary/.;x=1/apod"],
  ["encoded dot segment with an encoded parameter", "url_refused", "https://api.nasa.gov/planetary/%2e%2e%3bx/notes"],
  ["dot segment with a parameter, encoded twice", "url_refused", "https://api.nasa.gov/planetary/%252e.%253B/notes"],
  ["dot segment before an encoded question mark", "url_refused", "https://api.nasa.gov/planetary/..%3Fx"],
  ["dot segment before an encoded number sign", "url_refused", "https://api.nasa.gov/planetary/..%23x"],
  ["dot segment between encoded spaces", "url_refused", "https://api.nasa.gov/planetary/%20..%20/notes"],
  ["dot segment in overlong bytes", "url_refused", "https://api.nasa.gov/planetary/%c0%ae%C0%AE/notes"],
  ["dot segment behind an overlong slash", "url_refused", "https://api.nasa.gov/planetary/..%c0%afnotes"],
  ["full-width dot segment", "url_refused", "https://api.nasa.gov/planetary/%EF%BC%8E%EF%BC%8E/notes"],
  [
    "full-width dot segment with a full-width parameter",
    "url_refused",
    "https://api.nasa.gov/planetary/..%EF%BC%9Bx/y",
  ],
  ["dot segment as one character", "url_refused", "https://api.nasa.gov/planetary/%E2%80%A5/notes"],
  ["dot segment behind a full-width slash", "url_refused", "https://api.nasa.gov/planetary/a%EF%BC%8F..%EF%BC%8Fb"],
  ["dot segment behind a division slash", "url_refused", "https://api.nasa.gov/planetary/a%E2%88%95..%E2%88%95b"],
  ["dot segment behind a set minus", "url_refused", "https://api.nasa.gov/planetary/a%E2%88%96..%E2%88%96b"],
  ["encoded NUL in the path", "url_refused", "https://api.nasa.gov/planetary/apod%00"],
  ["NUL encoded twice in the path", "url_refused", "https://api.nasa.gov/planetary/apod%2500"],
  ["encoded line break in the path", "url_refused", "https://api.nasa.gov/planetary/apod%0d%0aHost:%20evil.example"],
  ["encoded DEL in the path", "url_refused", "https://api.nasa.gov/planetary/apod%7F"],
  ["encoded next line in the path", "url_refused", "https://api.nasa.gov/planetary/apod%C2%85"],
  ["escapes in the path that are not UTF-8", "url_refused", "https://api.nasa.gov/planetary/caf%E9"],
  ["broken escape", "url_refused", "https://api.nasa.gov/planetary/100%"],
  ["braces", "url_refused", "https://api.nasa.gov/planetary/{x}"],
  ["protocol-relative", "url_refused", "//api.nasa.gov/planetary/apod"],
  ["single slash", "url_refused", "https:/api.nasa.gov/planetary/apod"],
  ["foreign host that names ours in a broken query", "url_refused", "https://evil.example/?u=api.nasa.gov "],
  ["foreign host that names ours in its query", "unchanged", "https://evil.example/?u=api.nasa.gov"],
  ["longer host with ours as its beginning", "unchanged", "https://api.nasa.gov.evil.example/planetary/apod"],
  ["longer host with ours as its end", "unchanged", "https://x-api.nasa.gov/planetary/apod"],
  ["unregistered IP literal", "unchanged", "https://[2001:db8::1]:8443/x"],
  ["not a URL", "unchanged", "apod?date=2026-11-22"],
  ["nothing", "unchanged", ""],
];

const requests: readonly Case[] = [
  { name: "query", expected: "ok", url: `${apod}?date=2026-11-22&api_key=${nasaKey}#top` },
  {
    name: "query with default port",
    expected: "ok",
    url: `https://api.nasa.gov:443/planetary/apod?api_key=${nasaKey}`,
  },
  {
    name: "query, placeholder percent-encoded",
    expected: "ok",
    url: `${apod}?api%5Fkey=${nasaKey.replace("cs-", "%63s-")}`,
  },
  {
    name: "query, path with parameters, dots, spaces and characters of other scripts",
    expected: "ok",
    url: `https://api.nasa.gov/planetary/apod;v=1..2/...;/.a/a..b/%E5%AE%87%20%C3%BC%25?api_key=${nasaKey}`,
  },
  { name: "query, other parameter", expected: "other", url: `${apod}?search=${nasaKey}` },
  { name: "query, part of a value", expected: "other", url: `${apod}?api_key=x${nasaKey}` },
  { name: "query, twice", expected: "other", url: `${apod}?api_key=${nasaKey}&api_key=1` },
  { name: "query, other method", expected: "other", url: `${apod}?api_key=${nasaKey}`, method: "DELETE" },
  { name: "query, other path", expected: "other", url: `https://api.nasa.gov/notes?api_key=${nasaKey}` },
  {
    name: "query, path that only begins alike",
    expected: "other",
    url: `https://api.nasa.gov/planetary2?api_key=${nasaKey}`,
  },
  { name: "query, foreign host", expected: "unchanged", url: `https://evil.example/planetary/apod?api_key=${nasaKey}` },
  { name: "secret not at hand", expected: "secret_unavailable", url: `${apod}?api_key=${nasaKey}`, values: {} },
  { name: "header", expected: "ok", url: apod, headers: [["authorization", `Bearer ${nasaKey}`]], values: asciiValues },
  { name: "header without the prefix", expected: "other", url: apod, headers: [["authorization", nasaKey]] },
  {
    name: "header twice",
    expected: "other",
    url: apod,
    headers: [
      ["authorization", `Bearer ${nasaKey}`],
      ["Authorization", "x"],
    ],
  },
  {
    name: "header, value with foreign characters",
    expected: "secret_unfit",
    url: apod,
    headers: [["Authorization", `Bearer ${nasaKey}`]],
  },
  {
    name: "header, value with a line break",
    expected: "secret_unfit",
    url: apod,
    headers: [["Authorization", `Bearer ${nasaKey}`]],
    values: { "nasa-key": "a\r\nb" },
  },
  { name: "form", expected: "ok", url: apod, method: "POST", headers: form, body: `note=a+b&api_key=${nasaKey}` },
  {
    name: "form, typed into a note",
    expected: "other",
    url: apod,
    method: "POST",
    headers: form,
    body: `note=${nasaKey}`,
  },
  {
    name: "form in a body of another type",
    expected: "other",
    url: apod,
    method: "POST",
    headers: [["content-type", "text/plain"]],
    body: `api_key=${nasaKey}`,
  },
  { name: "form without a type", expected: "other", url: apod, method: "POST", body: `api_key=${nasaKey}` },
  {
    name: "multipart",
    expected: "other",
    url: apod,
    method: "POST",
    headers: [["content-type", "multipart/form-data; boundary=x"]],
    body: `--x\r\ncontent-disposition: form-data; name="api_key"\r\n\r\n${nasaKey}\r\n--x--`,
  },
  {
    name: "json",
    expected: "ok",
    url: apod,
    method: "POST",
    headers: [...json, ["content-length", "9"]],
    body: `{"n":1e400, "auth":{"key":"${nasaKey}"} }`,
  },
  {
    name: "json, escaped placeholder",
    expected: "ok",
    url: apod,
    method: "POST",
    headers: json,
    body: `{"auth":{"key":"\\u0063${nasaKey.slice(1)}"}}`,
  },
  {
    name: "json, typed into another member",
    expected: "other",
    url: apod,
    method: "POST",
    headers: json,
    body: `{"auth":{"key":"x"},"note":"${nasaKey}"}`,
  },
  {
    name: "json, repeated member",
    expected: "other",
    url: apod,
    method: "POST",
    headers: json,
    body: `{"auth":{"key":"${nasaKey}","key":"x"}}`,
  },
  {
    name: "json, not UTF-8",
    expected: "other",
    url: apod,
    method: "POST",
    headers: json,
    body: new Uint8Array([0x22, 0xff, 0x22]),
  },
  { name: "segment with a prefix", expected: "ok", url: `https://api.telegram.test:8443/bot${botToken}/getMe` },
  { name: "segment, another one", expected: "other", url: `https://api.telegram.test:8443/file/bot${botToken}` },
  {
    name: "segment, value with a slash",
    expected: "secret_unfit",
    url: `https://api.telegram.test:8443/bot${botToken}/getMe`,
    values: { "bot-token": "a/b" },
  },
  {
    name: "segment, value with dots behind a division slash",
    expected: "secret_unfit",
    url: `https://api.telegram.test:8443/bot${botToken}/getMe`,
    values: { "bot-token": "1\u2215..;x" },
  },
  {
    name: "segment, value with characters of other scripts",
    expected: "ok",
    url: `https://api.telegram.test:8443/bot${botToken}/getMe`,
    values: { "bot-token": "1;ü..宇 %" },
  },
  {
    name: "basic",
    expected: "ok",
    url: "https://api.telegram.test:8443/basic",
    method: "POST",
    headers: [["Authorization", `Basic ${encodeBase64(toUtf8(`me:${botToken}`))}`]],
  },
  {
    name: "basic, in the user name",
    expected: "other",
    url: "https://api.telegram.test:8443/basic",
    method: "POST",
    headers: [["Authorization", `Basic ${encodeBase64(toUtf8(`${botToken}:me`))}`]],
  },
  {
    name: "always, where nothing stands",
    expected: "ok",
    url: "https://api.telegram.test:8443/always",
    method: "PUT",
    headers: json,
    body: "{}",
  },
  {
    name: "always, over other values",
    expected: "ok",
    url: "https://api.telegram.test:8443/always/x?t=1",
    method: "PUT",
    headers: [...json, ["X-Bot", "none"]],
    body: '{"token": [1, 2], "a": 1}',
  },
];

export function substitution(): VectorSet {
  return {
    set: "substitution",
    about:
      "Section 10: the strict URL parser and the places. `ok`: filled just so; `other`: sent rebuilt, with nothing (or something else) filled.",
    vectors: [...urls.map(([name, expected, url]) => caseVector({ name, expected, url })), ...requests.map(caseVector)],
  };
}
