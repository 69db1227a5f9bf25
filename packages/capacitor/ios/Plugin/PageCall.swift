import Foundation

/// One message of the app's page: the call's name, and JSON text of one object.
struct PageCall: Equatable {
  let name: String
  let of: String

  /// Nil for what no page of this package writes.
  init?(_ text: String) {
    let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    name = String(parts[0])
    of = String(parts[1])
  }
}
