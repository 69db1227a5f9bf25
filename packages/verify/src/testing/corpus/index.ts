import { algorithmCases } from "./algorithm-cases.ts";
import { bindingCases } from "./binding-cases.ts";
import type { CorpusCase } from "./case.ts";
import { claimCases } from "./claim-cases.ts";
import { dpopCases } from "./dpop-cases.ts";
import { absenceCases, encryptedCases } from "./encrypted-cases.ts";
import { headerCases } from "./header-cases.ts";
import { httpSignatureCases } from "./http-signature-cases.ts";
import { structureCases } from "./structure-cases.ts";

export type { CorpusCase, CorpusRequest } from "./case.ts";

/** Tokens and proofs, hostile and genuine, made by other hands than the verifier's. */
export const corpus: readonly CorpusCase[] = [
  ...structureCases,
  ...headerCases,
  ...algorithmCases,
  ...claimCases,
  ...bindingCases,
  ...dpopCases,
  ...httpSignatureCases,
  ...encryptedCases,
  ...absenceCases,
];
