import Foundation

/// One entry of a file of docs/vectors/v1.
struct Vector {
  private let members: [String: JsonValue]

  init(_ members: [String: JsonValue]) {
    self.members = members
  }

  var name: String { return textOf(members["name"]) ?? "" }
  var result: String { return textOf(members["result"]) ?? "" }

  func text(_ part: String, _ member: String) -> String? {
    return textOf(value(part, member))
  }

  func number(_ part: String, _ member: String) throws -> Int64 {
    guard case .number(let number)? = value(part, member) else { throw Failure(description: "no \(part).\(member) in \(name)") }
    return Int64(number)
  }

  func bytes(_ part: String, _ member: String) throws -> Data {
    return try unhex(some(text(part, member), "no \(part).\(member) in \(name)"))
  }

  func ascii(_ part: String, _ member: String) throws -> String? {
    return try text(part, member).map { String(decoding: try unhex($0), as: UTF8.self) }
  }

  var changes: [[JsonValue]] {
    guard case .items(let changes)? = members["changes"] else { return [] }
    return changes.map { if case .items(let parts) = $0 { return parts } else { return [] } }
  }

  private func value(_ part: String, _ member: String) -> JsonValue? {
    guard case .members(let values)? = members[part] else { return nil }
    return values[member]
  }
}

func textOf(_ value: JsonValue?) -> String? {
  if case .text(let text)? = value { return text }
  return nil
}

func vectors(_ set: String) throws -> [Vector] {
  return try readVectors("\(CommandLine.arguments[1])/\(set).json")
}

/// What the protocol package itself makes of the same inputs, for what the vectors have no set of.
func madeByProtocol(_ kind: String) throws -> [Vector] {
  return try readVectors(CommandLine.arguments[2]).filter { $0.name.hasPrefix(kind) }
}

private func readVectors(_ path: String) throws -> [Vector] {
  let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
  guard case .members(let root)? = parseStrictJson(bytes), case .items(let items)? = root["vectors"] else {
    throw Failure(description: "\(path) is not strict JSON")
  }
  return items.compactMap { if case .members(let members) = $0 { return Vector(members) } else { return nil } }
}

func unhex(_ text: String) throws -> Data {
  let digits = Array(text.utf8)
  guard digits.count % 2 == 0 else { throw Failure(description: "odd hex") }
  return Data(try stride(from: 0, to: digits.count, by: 2).map { at in
    try some(UInt8(String(decoding: digits[at...(at + 1)], as: UTF8.self), radix: 16))
  })
}

func hex(_ bytes: Data) -> String {
  return bytes.map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }.joined()
}
