import Foundation

/// What JavaScript handed to a call: one object of plain JSON. A member that is missing or of another kind is a fault.
struct Asked {
  private let members: [String: Any]

  init(_ members: [String: Any]) {
    self.members = members
  }

  func text(_ name: String) throws -> String {
    guard let text = members[name] as? String else { throw KeyFault.unsupported("\(name) is text") }
    return text
  }

  func textOrNil(_ name: String) throws -> String? {
    return try isNull(name) ? nil : text(name)
  }

  func bytes(_ name: String) throws -> Data {
    guard let bytes = decodeBase64Url(try text(name)) else { throw KeyFault.unsupported("\(name) is base64url") }
    return bytes
  }

  func whole(_ name: String) throws -> Int64 {
    guard let value = members[name] as? Double, let whole = Int64(exactly: value), whole >= 0 else {
      throw KeyFault.unsupported("\(name) is a whole number")
    }
    return whole
  }

  func objectOrNil(_ name: String) throws -> Asked? {
    if isNull(name) { return nil }
    guard let object = members[name] as? [String: Any] else { throw KeyFault.unsupported("\(name) is an object") }
    return Asked(object)
  }

  private func isNull(_ name: String) -> Bool {
    return members[name] == nil || members[name] is NSNull
  }
}
