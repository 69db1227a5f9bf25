import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stsAnswer } from "./sts-answer.suite.ts";
import { readStsAnswer } from "./sts-answer.ts";

const credentials = {
  AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
  SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY",
  SessionToken: "AQoDYXdzEPT//////////wEXAMPLE+token/==",
  Expiration: "2026-11-22T13:00:00Z",
};
const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = credentials;
const read = (text: string) => readStsAnswer(Buffer.from(text));

describe("an answer of AssumeRole", () => {
  test("gives the temporary keys, in any order and with a declaration", () => {
    expect(read(stsAnswer(credentials))).toEqual(credentials);
    expect(read(`<?xml version="1.0" encoding="UTF-8"?>\n${stsAnswer(credentials)}\n`)).toEqual(credentials);
    expect(read(stsAnswer({ Expiration, SessionToken, SecretAccessKey, AccessKeyId }))).toEqual(credentials);
  });

  test.each([
    ["an error", "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"],
    ["HTML", "<!DOCTYPE html><html><body>sign in</body></html>"],
    ["JSON", JSON.stringify({ AssumeRoleResponse: credentials })],
    ["nothing", ""],
    ["a member missing", stsAnswer({ AccessKeyId, SecretAccessKey, SessionToken })],
    [
      "a member twice",
      stsAnswer(credentials).replace("<SessionToken>", "<AccessKeyId>ASIA2</AccessKeyId><SessionToken>"),
    ],
    [
      "an empty member twice",
      stsAnswer(credentials).replace("<SessionToken>", "<AccessKeyId></AccessKeyId><SessionToken>"),
    ],
    ["keys twice", stsAnswer(credentials, `<Credentials><AccessKeyId>ASIA2</AccessKeyId></Credentials>`)],
    ["a document type", `<!DOCTYPE a [<!ENTITY x "y">]>${stsAnswer(credentials)}`],
    ["a reference", stsAnswer({ ...credentials, SessionToken: "a&amp;b" })],
    ["a comment in a member", stsAnswer({ ...credentials, SessionToken: "a<!-- x -->b" })],
    ["a section", stsAnswer({ ...credentials, SessionToken: "<![CDATA[a]]>" })],
    ["a member in a member", stsAnswer({ ...credentials, SessionToken: "a<b>c</b>d" })],
    ["elements that cross", stsAnswer(credentials).replace("</Credentials>", "</AssumeRoleResult></Credentials>")],
    ["an element that another's name closes", stsAnswer(credentials).replace("</Credentials>", "</Other>")],
    ["an element that closes with more", stsAnswer(credentials).replace("</Credentials>", '</Credentials a="b">')],
    ["elements that stay open", stsAnswer(credentials).replace("</AssumeRoleResponse>", "")],
    ["a second root", `${stsAnswer(credentials)}<AssumeRoleResponse></AssumeRoleResponse>`],
    ["text behind it", `${stsAnswer(credentials)}x`],
    ["keys elsewhere", stsAnswer(credentials).replaceAll("AssumeRoleResult", "Other")],
    ["a thousand elements", stsAnswer(credentials, "<a></a>".repeat(1000))],
    ["a deep one", stsAnswer(credentials, "<a>".repeat(50) + "</a>".repeat(50))],
  ])("is refused as %s", (_, text) => {
    expect(read(text)).toBeNull();
  });

  test("is refused as bytes that are not UTF-8", () => {
    expect(readStsAnswer(new Uint8Array([0x3c, 0xff]))).toBeNull();
  });

  test("never throws, whatever is changed in it", () => {
    const whole = stsAnswer(credentials);
    fc.assert(
      fc.property(fc.nat(whole.length), fc.string({ maxLength: 4 }), fc.nat(8), (at, text, removed) => {
        const given = readStsAnswer(Buffer.from(whole.slice(0, at) + text + whole.slice(at + removed)));
        return given === null || Object.keys(given).length === 4;
      }),
    );
  });
});
