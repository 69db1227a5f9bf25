import type { PlayDeviceLabel } from "@countersign/attestation";
import type { TraceAnswer } from "../answers.ts";

/** What the command needs of the world. `exit` is called once, last. */
export interface EvidenceIo {
  /** Read where the file is `-`. */
  readonly stdin: AsyncIterable<Uint8Array | string>;
  stdout(text: string): void;
  stderr(text: string): void;
  /** 0 accepted, 1 refused, 2 the input cannot be read. */
  exit(code: 0 | 1 | 2): void;
  nowMs(): number;
  /** The trace behind an ARC, from the service that is logged in to. Only `--arc` asks for it. */
  readTrace(arc: string, project: string | undefined): Promise<TraceAnswer>;
}

/** The options of `evidence explain`, by name. */
export interface ExplainFlags {
  readonly base64?: string;
  readonly arc?: string;
  readonly project?: string;
  readonly at?: string;
  readonly json?: true;
  readonly challenge?: string;
  readonly package?: readonly string[];
  readonly signingDigest?: readonly string[];
  readonly bootKey?: readonly string[];
  readonly revocationList?: string;
  readonly enrolment?: true;
  readonly requestHash?: string;
  readonly deviceLabel?: readonly PlayDeviceLabel[];
  readonly playDecryptionKey?: string;
  readonly playVerificationKey?: string;
}
