import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { StartError } from "../data-folder/start-error.ts";

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads the further authorities for upstreams from a PEM file.
 *
 * @throws StartError `upstream_ca_unreadable`.
 */
export function readUpstreamCas(file: string): readonly string[] {
  try {
    const pems = readFileSync(file, "utf8").match(certificate) ?? [];
    for (const pem of pems) new X509Certificate(pem);
    if (pems.length > 0) return pems;
  } catch {
    // Told below, with what to do.
  }
  throw new StartError(
    "upstream_ca_unreadable",
    `The file ${file} holds no readable PEM certificate.`,
    "Name a PEM file with the authorities of your upstreams.",
  );
}
