import Foundation

/// RFC 4648 §5 without padding.
func encodeBase64Url(_ bytes: Data) -> String {
  let text = bytes.base64EncodedString()
  return String(text.filter { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
}

/// Nil for padding, foreign characters, impossible lengths and unused bits that are not zero: what is not written again as it was is not taken.
func decodeBase64Url(_ text: String) -> Data? {
  guard text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") }) else { return nil }
  let plain = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
  let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
  guard padding.utf8.count < 3, let bytes = Data(base64Encoded: plain + padding) else { return nil }
  return encodeBase64Url(bytes) == text ? bytes : nil
}
