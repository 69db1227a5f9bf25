import { CliFailure } from "./cli-failure.ts";
import { readInputFile } from "./read-input-file.ts";

/** What `--tls-cert` and `--tls-key` name. */
export interface TlsOptions {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** Certificate chain and key as PEM texts; nothing where neither is named. */
export function toTls({ tlsCert, tlsKey }: TlsOptions): {
  readonly tls?: { readonly cert: string; readonly key: string };
} {
  if (tlsCert === undefined && tlsKey === undefined) return {};
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new CliFailure("tls_incomplete", "TLS needs both --tls-cert FILE and --tls-key FILE.");
  }
  return { tls: { cert: readInputFile(tlsCert), key: readInputFile(tlsKey) } };
}
