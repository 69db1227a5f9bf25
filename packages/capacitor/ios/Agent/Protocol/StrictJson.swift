import Foundation

enum JsonValue: Equatable {
  case text(String)
  case number(Double)
  case truth(Bool)
  case items([JsonValue])
  case members([String: JsonValue])
  case null
}

struct NotJson: Error {}

/// Reads a JSON text as protocol section 1 has it: UTF-8 without byte order mark, no member twice, no lone surrogate, no number beyond 2^53-1, at most
/// `maxDepth` levels. Nil for everything else: two readers of one signed text must not see two statements.
func parseStrictJson(_ bytes: Data, maxDepth: Int = 8) -> JsonValue? {
  // Swift repairs what is no UTF-8: a text that is not the same bytes again was not.
  let text = String(decoding: bytes, as: UTF8.self)
  guard Data(text.utf8) == bytes else { return nil }
  var reader = JsonReader(bytes: [UInt8](bytes), maxDepth: maxDepth)
  return try? reader.read()
}

private struct JsonReader {
  let bytes: [UInt8]
  let maxDepth: Int
  var at = 0

  init(bytes: [UInt8], maxDepth: Int) {
    self.bytes = bytes
    self.maxDepth = maxDepth
  }

  var next: UInt8? {
    return at < bytes.count ? bytes[at] : nil
  }

  mutating func read() throws -> JsonValue {
    let value = try readValue(depth: 0)
    skipSpace()
    guard at == bytes.count else { throw NotJson() }
    return value
  }

  private mutating func readValue(depth: Int) throws -> JsonValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try readMembers(depth: depth + 1)
    case UInt8(ascii: "["): return try readItems(depth: depth + 1)
    case UInt8(ascii: "\""): return .text(try readString())
    case UInt8(ascii: "t"): return try readWord("true", .truth(true))
    case UInt8(ascii: "f"): return try readWord("false", .truth(false))
    case UInt8(ascii: "n"): return try readWord("null", .null)
    default: return try readNumber()
    }
  }

  private mutating func readMembers(depth: Int) throws -> JsonValue {
    try enter(depth)
    var members: [String: JsonValue] = [:]
    // Swift takes texts for equal that are written with other code points; a repeated member is one of the same bytes.
    var names = Set<[UInt8]>()
    if ends(UInt8(ascii: "}")) { return .members(members) }
    while true {
      skipSpace()
      let name = try readString()
      skipSpace()
      try take(UInt8(ascii: ":"))
      guard names.insert([UInt8](name.utf8)).inserted, members[name] == nil else { throw NotJson() }
      members[name] = try readValue(depth: depth)
      if ends(UInt8(ascii: "}")) { return .members(members) }
      try take(UInt8(ascii: ","))
    }
  }

  private mutating func readItems(depth: Int) throws -> JsonValue {
    try enter(depth)
    var items: [JsonValue] = []
    if ends(UInt8(ascii: "]")) { return .items(items) }
    while true {
      items.append(try readValue(depth: depth))
      if ends(UInt8(ascii: "]")) { return .items(items) }
      try take(UInt8(ascii: ","))
    }
  }

  private mutating func enter(_ depth: Int) throws {
    guard depth <= maxDepth else { throw NotJson() }
    at += 1
  }

  private mutating func ends(_ bracket: UInt8) -> Bool {
    skipSpace()
    guard next == bracket else { return false }
    at += 1
    return true
  }

  private mutating func take(_ byte: UInt8) throws {
    guard next == byte else { throw NotJson() }
    at += 1
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { at += 1 }
  }

  private mutating func readWord(_ word: String, _ value: JsonValue) throws -> JsonValue {
    guard bytes[at...].starts(with: word.utf8) else { throw NotJson() }
    at += word.utf8.count
    return value
  }

  private mutating func readNumber() throws -> JsonValue {
    let start = at
    if next == UInt8(ascii: "-") { at += 1 }
    let firstDigit = at
    try readDigits()
    guard bytes[firstDigit] != UInt8(ascii: "0") || at == firstDigit + 1 else { throw NotJson() }
    if next == UInt8(ascii: ".") {
      at += 1
      try readDigits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      at += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
      try readDigits()
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    guard let value = Double(text), abs(value) <= 9_007_199_254_740_991 else { throw NotJson() }
    return .number(value)
  }

  private mutating func readDigits() throws {
    let start = at
    while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { at += 1 }
    guard at > start else { throw NotJson() }
  }

  private mutating func readString() throws -> String {
    try take(UInt8(ascii: "\""))
    var units: [UInt16] = []
    while let byte = next {
      if byte == UInt8(ascii: "\"") {
        at += 1
        // Lone surrogates are repaired as well, and found in the same way.
        let text = String(decoding: units, as: UTF16.self)
        guard Array(text.utf16) == units else { throw NotJson() }
        return text
      }
      guard byte >= 0x20 else { throw NotJson() }
      if byte == UInt8(ascii: "\\") {
        at += 1
        units.append(try readEscape())
      } else if byte < 0x80 {
        units.append(UInt16(byte))
        at += 1
      } else {
        let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        units.append(contentsOf: String(decoding: bytes[at..<min(at + length, bytes.count)], as: UTF8.self).utf16)
        at += length
      }
    }
    throw NotJson()
  }

  private mutating func readEscape() throws -> UInt16 {
    guard let byte = next else { throw NotJson() }
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt16(byte)
    case UInt8(ascii: "b"): return 0x08
    case UInt8(ascii: "f"): return 0x0C
    case UInt8(ascii: "n"): return 0x0A
    case UInt8(ascii: "r"): return 0x0D
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "u"): return try readUnit()
    default: throw NotJson()
    }
  }

  private mutating func readUnit() throws -> UInt16 {
    guard at + 4 <= bytes.count else { throw NotJson() }
    let digits = bytes[at..<at + 4]
    guard digits.allSatisfy(isHexDigit), let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) else { throw NotJson() }
    at += 4
    return unit
  }
}

private func isHexDigit(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): return true
  default: return false
  }
}
