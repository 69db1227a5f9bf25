import Foundation

/// Why a key could not do what was asked. `invalid_key`: it is gone for ever. `unavailable`: try again later with the same alias. `unsupported`: this
/// device, or the request, never will.
public struct KeyFault: Error {
  public let code: String
  public let message: String
  public let alias: String?

  static func invalidKey(_ alias: String?) -> KeyFault {
    return KeyFault(code: "invalid_key", message: "the key is gone", alias: alias)
  }

  static func unavailable(_ alias: String?) -> KeyFault {
    return KeyFault(code: "unavailable", message: "the platform did not answer", alias: alias)
  }

  static func unsupported(_ message: String) -> KeyFault {
    return KeyFault(code: "unsupported", message: message, alias: nil)
  }
}
