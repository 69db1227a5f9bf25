export { bytesEqual, fromBase64, fromHex, sha256, toBase64, toHex } from "./bytes.ts";
export { berChildren, berContext, berOctets, berSequence, parseBer } from "./der/ber.ts";
export {
  type DerElement,
  derChildren,
  derExplicit,
  derSequence,
  derTag,
  isUniversal,
  parseDer,
  readElement,
} from "./der/element.ts";
export { derProblem } from "./der/problem.ts";
export { toBits, toBoolean, toInteger, toOctets, toOid, toTimeMs, toUtf8 } from "./der/value.ts";
export { work } from "./work.ts";
export {
  type Certificate,
  certificateProblem,
  isCertificateAuthority,
  isSelfIssued,
  isSignedBy,
  parseCertificate,
} from "./x509/certificate.ts";
export { type NameAttribute, nameHas, nameText, nameType } from "./x509/name.ts";
export { parsePemCertificates } from "./x509/pem.ts";
export { loadVerificationKey, p256Point, p256Spki } from "./x509/public-key.ts";
