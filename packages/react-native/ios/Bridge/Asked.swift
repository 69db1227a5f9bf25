import Foundation

/// What JavaScript handed to a call: one object of plain JSON. A member that is missing or of another kind is a fault.
struct Asked: @unchecked Sendable {
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

  func bytesOrNil(_ name: String) throws -> Data? {
    return try isNull(name) ? nil : bytes(name)
  }

  func whole(_ name: String) throws -> Int64 {
    guard let value = members[name] as? Double, let whole = Int64(exactly: value), whole >= 0 else {
      throw KeyFault.unsupported("\(name) is a whole number")
    }
    return whole
  }

  func wholeOrNil(_ name: String) throws -> Int64? {
    return try isNull(name) ? nil : whole(name)
  }

  func truth(_ name: String) throws -> Bool {
    guard let truth = members[name] as? Bool else { throw KeyFault.unsupported("\(name) is true or false") }
    return truth
  }

  func objectOrNil(_ name: String) throws -> Asked? {
    return try isNull(name) ? nil : object(name)
  }

  func object(_ name: String) throws -> Asked {
    guard let object = members[name] as? [String: Any] else { throw KeyFault.unsupported("\(name) is an object") }
    return Asked(object)
  }

  func items(_ name: String) throws -> [Any] {
    guard let items = members[name] as? [Any] else { throw KeyFault.unsupported("\(name) is a list") }
    return items
  }

  func texts(_ name: String) throws -> [String] {
    return try items(name).map { item in
      guard let text = item as? String else { throw KeyFault.unsupported("\(name) is a list of texts") }
      return text
    }
  }

  private func isNull(_ name: String) -> Bool {
    return members[name] == nil || members[name] is NSNull
  }
}
