/** Zod schemas of the device API, for validation at the edge and for OpenAPI 3.1. For the service only: needs zod. */
export * from "./device-api.ts";
export * from "./signed.ts";
