import "reflect-metadata";
import type { AddressInfo } from "node:net";
import { All, Controller, Module, Req } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { CountersignGuard } from "../../nest/index.ts";
import type { Verification } from "../../verification.ts";
import { handled, type OpenServer, readAll } from "./guarded-server.ts";

class AnyController {
  async answer(
    request: AsyncIterable<Uint8Array> & { readonly rawBody?: Uint8Array; readonly countersign?: Verification },
  ): Promise<string> {
    return handled(request.rawBody ?? (await readAll(request)), request.countersign);
  }
}

class AnyModule {}

// Decorators are no erasable syntax: what they do is called by hand.
Controller()(AnyController);
All("*path")(AnyController.prototype, "answer", descriptorOf(AnyController.prototype, "answer"));
Req()(AnyController.prototype, "answer", 0);
Module({ controllers: [AnyController] })(AnyModule);

function descriptorOf(prototype: object, name: string): PropertyDescriptor {
  return Object.getOwnPropertyDescriptor(prototype, name) ?? {};
}

/** Guarded for the whole application, under a global prefix, after Nest's own body parsers. */
export const openNestServer: OpenServer = async (verifier, options) => {
  const app = await NestFactory.create(AnyModule, { rawBody: true, logger: false });
  app.setGlobalPrefix("v1");
  app.useGlobalGuards(new CountersignGuard(verifier, options));
  await app.listen(0, "127.0.0.1");
  return { port: (app.getHttpServer().address() as AddressInfo).port, close: () => app.close() };
};
