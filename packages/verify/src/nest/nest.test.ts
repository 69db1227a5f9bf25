import "reflect-metadata";
import type { AddressInfo } from "node:net";
import { All, Controller, HttpException, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { describe, expect, it } from "vitest";
import { createVerifier } from "../index.ts";
import { carrying, get, tokenOf } from "../testing/corpus/forge.ts";
import { signedRequest } from "../testing/corpus/http-signature-cases.ts";
import type { CorpusRequest } from "../testing/corpus/index.ts";
import { type RawAnswer, sendRaw } from "../testing/send-raw.ts";
import { type SettingName, toOptions } from "../testing/settings.ts";
import { CountersignGuard, type NestOptions } from "./index.ts";

class Photos {
  answer(): string {
    return "photos";
  }
}
class PhotosModule {}

All("*path")(Photos.prototype, "answer", Object.getOwnPropertyDescriptor(Photos.prototype, "answer") ?? {});
Controller()(Photos);
Module({ controllers: [Photos] })(PhotosModule);

async function ask(
  request: CorpusRequest,
  {
    setting,
    rawBody = false,
    times = 1,
    ...options
  }: NestOptions & { setting: SettingName; rawBody?: boolean; times?: number },
): Promise<RawAnswer> {
  const app = await NestFactory.create(PhotosModule, { rawBody, logger: false });
  const verifier = createVerifier(toOptions(setting));
  for (let time = 0; time < times; time += 1) app.useGlobalGuards(new CountersignGuard(verifier, options));
  await app.listen(0, "127.0.0.1");
  const answer = await sendRaw((app.getHttpServer().address() as AddressInfo).port, request);
  await app.close();
  return answer;
}

const json = (): CorpusRequest => {
  const made = signedRequest({ body: '{"title": "Pillars"}' });
  return { ...made, headers: [...made.headers, ["Content-Type", "application/json"]] };
};

describe("CountersignGuard", () => {
  it("takes a JSON body that Nest kept, and refuses one that it did not", async () => {
    expect((await ask(json(), { setting: "httpsig", rawBody: true })).text).toContain("photos");
    expect((await ask(json(), { setting: "httpsig", reveal: true })).text).toContain("body_unavailable");
  });

  it("asks a verifier of two guards once", async () => {
    expect((await ask(signedRequest(), { setting: "httpsig", times: 2 })).status).toBe(200);
  });

  it("throws what the application makes of a refusal, where it wants to answer by itself", async () => {
    const toException: NestOptions["toException"] = ({ status }) => new HttpException({ ours: true }, status);
    const answer = await ask(get(), { setting: "es256", toException });
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('{"ours":true}');
    expect((await ask(carrying(tokenOf()), { setting: "es256", toException })).status).toBe(200);
  });

  it("refuses what is not HTTP, but in monitor mode", async () => {
    const context = { getType: () => "rpc", switchToHttp: () => ({ getRequest: () => null, getResponse: () => null }) };
    const verifier = createVerifier(toOptions("es256"));
    expect(await new CountersignGuard(verifier).canActivate(context)).toBe(false);
    expect(await new CountersignGuard(verifier, { mode: "monitor" }).canActivate(context)).toBe(true);
  });
});
