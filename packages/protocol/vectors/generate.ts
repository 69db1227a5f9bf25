import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { answerRefused, answerSession } from "./sets/answer.ts";
import { b64u } from "./sets/b64u.ts";
import { challenge } from "./sets/challenge.ts";
import { credential } from "./sets/credential.ts";
import { developmentKey } from "./sets/development-key.ts";
import { keysSet, manifestSet } from "./sets/keys.ts";
import { placeholder, subjectSet } from "./sets/names.ts";
import { seal } from "./sets/seal.ts";
import { brokerMac, dpop, httpsig } from "./sets/signatures.ts";
import { evidenceBinding, statementAndroid, statementIos } from "./sets/statement.ts";
import { substitution } from "./sets/substitution.ts";

const sets = [
  b64u,
  challenge,
  statementIos,
  statementAndroid,
  evidenceBinding,
  developmentKey,
  credential,
  answerSession,
  answerRefused,
  keysSet,
  manifestSet,
  seal,
  placeholder,
  subjectSet,
  substitution,
  brokerMac,
  dpop,
  httpsig,
];

/** Where the vectors stand. */
export const vectorsFolder = fileURLToPath(new URL("../../../docs/vectors/v1/", import.meta.url));

/** Every file of the vectors, by name. Two calls give the same text. */
export function vectorFiles(): ReadonlyMap<string, string> {
  const files = sets.map((make) => make());
  return new Map(files.map((file) => [`${file.set}.json`, format(file)]));
}

/** One line per member and per change, so that a difference can be read. */
function format(file: object): string {
  const text = JSON.stringify(file, null, 1);
  return `${text.replaceAll(/\[\n\s+("[^"]*"),\n\s+(\d+),\n\s+(\d+),\n\s+("[^"]*")\n\s+\]/g, "[$1, $2, $3, $4]")}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(vectorsFolder, { recursive: true });
  for (const [name, text] of vectorFiles()) writeFileSync(join(vectorsFolder, name), text);
}
