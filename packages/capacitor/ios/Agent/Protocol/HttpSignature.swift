import Foundation

/// What an HTTP message signature covers (protocol section 11); `created` in seconds.
public struct HttpSignatureRequest {
  public let method: String
  /// The whole URL, query included.
  public let targetUri: String
  /// The value of `Content-Digest`; nil where there is no body.
  public let contentDigest: String?
  /// Name and value of the header that carries the token; nil where none does.
  public let header: (name: String, value: String)?
  public let created: Int64
  /// b64u of 16 random bytes.
  public let nonce: String

  public init(method: String, targetUri: String, contentDigest: String?, header: (name: String, value: String)?, created: Int64, nonce: String) {
    self.method = method
    self.targetUri = targetUri
    self.contentDigest = contentDigest
    self.header = header
    self.created = created
    self.nonce = nonce
  }
}

/// The values of the two headers.
public struct HttpSignature {
  public let signatureInput: String
  public let signature: String
}

struct SignatureBase {
  let base: Data
  let signatureInput: String
}

private let lifetimeSeconds: Int64 = 60

private func isComponentValue(_ text: String) -> Bool {
  let bytes = Array(text.utf8)
  guard let first = bytes.first, let last = bytes.last else { return false }
  let isVisible = { (byte: UInt8) in byte > 0x20 && byte < 0x7F }
  return isVisible(first) && isVisible(last) && bytes.allSatisfy { isVisible($0) || $0 == 0x20 || $0 == 0x09 }
}

private func isFieldName(_ text: String) -> Bool {
  return !text.isEmpty && text.utf8.allSatisfy { "!#$%&'*+.^_`|~-0123456789abcdefghijklmnopqrstuvwxyz".utf8.contains($0) }
}

private func isWord(_ text: String) -> Bool {
  let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-".utf8
  return !text.isEmpty && text.utf8.count <= 128 && text.utf8.allSatisfy { letters.contains($0) }
}

/// The signature base (RFC 9421 §2.5) in the one order version 1 has. Throws where a part could end a line or a quoted name.
func signatureBase(_ request: HttpSignatureRequest, point: Data) throws -> SignatureBase {
  guard isWord(request.nonce), request.created > 0, request.created < 1_000_000_000_000 else {
    throw KeyFault.unsupported("nonce or created is not of its form")
  }
  var components = [("@method", request.method), ("@target-uri", request.targetUri)]
  if let digest = request.contentDigest { components.append(("content-digest", digest)) }
  if let header = request.header {
    guard isFieldName(header.name.lowercased()) else { throw KeyFault.unsupported("the header's name is none") }
    components.append((header.name.lowercased(), header.value))
  }
  guard components.allSatisfy({ isComponentValue($0.1) }) else { throw KeyFault.unsupported("a component is not a field value") }
  let covered = "(" + components.map { "\"\($0.0)\"" }.joined(separator: " ") + ")"
  let times = ";created=\(request.created);expires=\(request.created + lifetimeSeconds)"
  let parameters = "\(times);nonce=\"\(request.nonce)\";keyid=\"\(thumbprintOf(point))\";tag=\"countersign\""
  let lines = components.map { "\"\($0.0)\": \($0.1)" } + ["\"@signature-params\": \(covered)\(parameters)"]
  return SignatureBase(base: Data(lines.joined(separator: "\n").utf8), signatureInput: "countersign=\(covered)\(parameters)")
}

func formatSignature(_ signature: Data) -> String {
  return "countersign=:\(signature.base64EncodedString()):"
}
