import { type Configuration, parseConfigurationString } from "@countersign/protocol";
import { expect, it } from "vitest";
import { parseBrokerCredential } from "./parse-broker-credential.ts";
import { serviceUrl } from "./service-url.ts";

const configurationOf = (scheme: string, host: string): Configuration => {
  const read = parseConfigurationString(`${scheme}~${host}~${"A".repeat(22)}~${"A".repeat(43)}~${"B".repeat(42)}A`);
  if (!read.ok) throw new TypeError(read.detail);
  return read.value;
};
const far = configurationOf("cs1", "service.example:8443");
const near = configurationOf("csd1", "127.0.0.1:8400");

it("asks the service over https, and in the clear on this machine alone", () => {
  expect(serviceUrl(null, far)).toBe("https://service.example:8443");
  expect(serviceUrl(null, near)).toBe("http://127.0.0.1:8400");
  expect(serviceUrl(null, configurationOf("cs1", "127.0.0.1:8400"))).toBe("https://127.0.0.1:8400");
  expect(serviceUrl("https://other.example", far)).toBe("https://other.example");
  expect(serviceUrl("http://localhost:8400/", far)).toBe("http://localhost:8400");
  for (const bad of [
    "http://service.example",
    "https://a.example/x",
    "https://u:p@a.example",
    "ftp://a",
    "a.example",
    "",
  ])
    expect(() => serviceUrl(bad, far)).toThrow("The service's URL is not https://HOST[:PORT].");
});

it("reads one line of a credential and its configuration string, and nothing else", () => {
  const configuration = `cs1~service.example~${"A".repeat(22)}~${"A".repeat(43)}~${"B".repeat(42)}A`;
  const credential = `csk_${"B".repeat(42)}A`;
  expect(parseBrokerCredential(`${credential}~${configuration}\n`)?.configuration.host).toBe("service.example");
  for (const bad of [
    credential,
    configuration,
    `${credential}~`,
    `${credential}~${configuration}~x`,
    `x${credential}~${configuration}`,
  ])
    expect([bad, parseBrokerCredential(bad)]).toEqual([bad, null]);
});
