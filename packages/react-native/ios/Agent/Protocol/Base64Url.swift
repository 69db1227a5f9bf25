import Foundation

/// RFC 4648 §5 without padding. Byte by byte, as a message of a socket's may be long: a `Character` takes 16 bytes.
func encodeBase64Url(_ bytes: Data) -> String {
  var text = [UInt8](bytes.base64EncodedData())
  while text.last == UInt8(ascii: "=") { text.removeLast() }
  for at in text.indices {
    if text[at] == UInt8(ascii: "+") { text[at] = UInt8(ascii: "-") }
    if text[at] == UInt8(ascii: "/") { text[at] = UInt8(ascii: "_") }
  }
  return String(decoding: text, as: UTF8.self)
}

/// Nil for padding, foreign characters, impossible lengths and unused bits that are not zero: what is not written again as it was is not taken.
func decodeBase64Url(_ text: String) -> Data? {
  var plain = Data(text.utf8)
  for at in plain.indices {
    switch plain[at] {
    case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
    case UInt8(ascii: "-"): plain[at] = UInt8(ascii: "+")
    case UInt8(ascii: "_"): plain[at] = UInt8(ascii: "/")
    default: continue
    }
  }
  let padding = (4 - plain.count % 4) % 4
  guard padding < 3 else { return nil }
  plain.append(contentsOf: [UInt8](repeating: UInt8(ascii: "="), count: padding))
  guard let bytes = Data(base64Encoded: plain) else { return nil }
  return encodeBase64Url(bytes) == text ? bytes : nil
}
