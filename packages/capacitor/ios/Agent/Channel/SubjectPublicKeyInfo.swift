/// The SubjectPublicKeyInfo of a certificate, DER, tag and length included (RFC 5280 §4.1); nil where the bytes are no certificate. The platform gives the bare key
/// alone, without the algorithm that a pin covers.
func subjectPublicKeyInfo(_ certificate: [UInt8]) -> ArraySlice<UInt8>? {
  guard let outer = derElement(certificate, 0), outer.tag == 0x30, let body = derElement(certificate, outer.content), body.tag == 0x30 else { return nil }
  var at = body.content
  guard let first = derElement(certificate, at) else { return nil }
  // version [0] is there in every certificate of today.
  if first.tag == 0xA0 {
    at = first.end
  }
  // serialNumber, signature, issuer, validity, subject
  for _ in 0..<5 {
    guard let skipped = derElement(certificate, at), skipped.end <= body.end else { return nil }
    at = skipped.end
  }
  guard let found = derElement(certificate, at), found.tag == 0x30, found.end <= body.end else { return nil }
  return certificate[at..<found.end]
}

struct DerElement {
  let tag: UInt8
  let content: Int
  let end: Int
}

/// The element that begins there: definite lengths of at most four bytes.
func derElement(_ bytes: [UInt8], _ at: Int) -> DerElement? {
  guard at + 2 <= bytes.count else { return nil }
  let first = Int(bytes[at + 1])
  if first < 0x80 {
    let end = at + 2 + first
    return end <= bytes.count ? DerElement(tag: bytes[at], content: at + 2, end: end) : nil
  }
  let count = first - 0x80
  guard count >= 1, count <= 4, at + 2 + count <= bytes.count else { return nil }
  let length = bytes[(at + 2)..<(at + 2 + count)].reduce(0) { $0 << 8 | Int($1) }
  let content = at + 2 + count
  return length <= bytes.count - content ? DerElement(tag: bytes[at], content: content, end: content + length) : nil
}
