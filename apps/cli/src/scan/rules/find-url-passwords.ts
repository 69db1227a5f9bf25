import type { Passage, Sighting } from "../finding.ts";
import { toAdvice } from "./advice.ts";
import { isStandIn, isUnguessable } from "./randomness.ts";

const pattern =
  /(?<![A-Za-z0-9+.-])[a-z][a-z0-9+.-]{1,20}:\/\/([A-Za-z0-9._~%+-]{1,64}):([^\s:@/"'`<>{}$\\()|]{4,128})@([A-Za-z0-9.-]{3,253})/g;

const nobody =
  /^(?:pass(?:word|wd)?|pw|pwd|secret|token|user|username|login|postgres|root|admin|test|guest|basic|auth|foo|bar|baz|hunter2|s3cret|pa55w0rd|p%40ss.*)$/i;
const nowhere =
  /^(?:127\.|0\.0\.0\.0$|10\.0\.2\.2$)|^(?:(?:my|your)?(?:host|hostname|server|proxy|domain)|foo|bar)\.(?:com|org|net|tld)$|(?:^|\.)(?:example|test|invalid|local|localhost)(?:\.(?:com|org|net))?$|^[^.]+$/i;

/** Passwords inside URLs (RFC 3986 §3.2.1). Documentation's hosts and words are left out. */
export function* findUrlPasswords(passage: Passage): Generator<Sighting & { start: number; end: number }> {
  if (!passage.text.includes("://")) return;
  for (const match of passage.text.matchAll(pattern)) {
    const [whole, user = "", value = "", host = ""] = match;
    if (nobody.test(value) || nowhere.test(host) || isStandIn(value) || isStandIn(host) || value === user) continue;
    const start = match.index + whole.lastIndexOf(`:${value}@`) + 1;
    yield {
      rule: "url-password",
      kind: "password in a URL",
      severity: "secret",
      value,
      name: null,
      isUnguessable: isUnguessable(value),
      details: `at ${host}`,
      advice: toAdvice({
        severity: "secret",
        kind: "password in a URL",
        text: "Change the password, and take it out of the URL: as a secret in place `basic`, or behind a server if it opens a database.",
      }),
      at: passage.positionOf(start),
      start,
      end: start + value.length,
    };
  }
}
