import Foundation

private func coordinate(_ point: Data, _ range: Range<Int>) -> JsonText {
  return .text(encodeBase64Url(Data(Array(point)[range])))
}

/// The JWK of a 65-byte point, as a DPoP proof carries it (RFC 9449 §4.2).
func toJwk(_ point: Data) -> JsonText {
  return .object(toJson([("kty", .text("EC")), ("crv", .text("P-256")), ("x", coordinate(point, 1..<33)), ("y", coordinate(point, 33..<65))]))
}

/// RFC 7638 thumbprint of a point, b64u.
func thumbprintOf(_ point: Data) -> String {
  let json = toJson([("crv", .text("P-256")), ("kty", .text("EC")), ("x", coordinate(point, 1..<33)), ("y", coordinate(point, 33..<65))])
  return encodeBase64Url(sha256(Data(json.utf8)))
}
