import { CliFailure } from "./cli-failure.ts";

/** Every certificate of a PEM file; a file without one is the caller's mistake. */
export function splitPems(file: string, text: string): readonly string[] {
  const pems = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g);
  if (pems === null) throw new CliFailure("file_not_pem", `${file} holds no PEM certificate.`);
  return pems;
}
