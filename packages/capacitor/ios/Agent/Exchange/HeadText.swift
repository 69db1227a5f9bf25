/// Letters of HTTP (RFC 9110 §5). Texts are looked at byte by byte: a Swift `Character` may be CR and LF at once.
func isToken(_ text: String) -> Bool {
  return !text.isEmpty && text.utf8.count <= 64 && text.utf8.allSatisfy { isTokenByte($0) }
}

func isTokenByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): return true
  default: return "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }
}

/// Of a field's value or a reason: no control character but the tab.
func isFieldByte(_ byte: UInt8) -> Bool {
  return byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
}

/// A field's value as it may be written, Latin-1: nothing that ends a line, no blank at either end.
func isFieldValue(_ text: String) -> Bool {
  guard text.unicodeScalars.allSatisfy({ $0.value < 0x7F || ($0.value >= 0xA0 && $0.value <= 0xFF) || $0.value == 0x09 }) else { return false }
  guard text.utf8.allSatisfy({ isFieldByte($0) }) else { return false }
  let blanks: [UInt8] = [0x20, 0x09]
  return !blanks.contains(text.utf8.first ?? 0x21) && !blanks.contains(text.utf8.last ?? 0x21)
}

/// Path and query.
func isTarget(_ text: String) -> Bool {
  return text == "*" || (text.utf8.first == UInt8(ascii: "/") && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
}

/// A name or address in lower case; an address of version 6 in brackets.
func isHost(_ text: String) -> Bool {
  let bytes = [UInt8](text.utf8)
  if bytes.first == UInt8(ascii: "[") {
    let inside = bytes.dropFirst().dropLast()
    return bytes.last == UInt8(ascii: "]") && inside.count >= 2 && inside.count <= 45 && inside.allSatisfy { isLowerHex($0) || $0 == 0x3A || $0 == 0x2E }
  }
  return !bytes.isEmpty && bytes.count <= 253 && bytes.allSatisfy { isLowerName($0) }
}

private func isDigit(_ byte: UInt8) -> Bool {
  return byte >= 0x30 && byte <= 0x39
}

private func isLowerHex(_ byte: UInt8) -> Bool {
  return isDigit(byte) || (byte >= 0x61 && byte <= 0x66)
}

private func isLowerName(_ byte: UInt8) -> Bool {
  return isDigit(byte) || (byte >= 0x61 && byte <= 0x7A) || byte == 0x2D || byte == 0x2E
}

/// Latin-1, which gives each byte back as it was.
func latin1(_ text: String) -> [UInt8] {
  return text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}

func latin1<Bytes: Sequence>(_ bytes: Bytes) -> String where Bytes.Element == UInt8 {
  var text = String.UnicodeScalarView()
  for byte in bytes { text.append(Unicode.Scalar(byte)) }
  return String(text)
}
