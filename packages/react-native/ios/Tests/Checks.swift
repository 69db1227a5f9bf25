import Foundation

/// Collects what tests found: one line for each, `ok` or `failed`, a tab, its name, and why it failed.
final class Checks {
  func check(_ name: String, _ body: () async throws -> Void) async {
    do {
      try await body()
      print("ok\t\(name)")
    } catch {
      print("failed\t\(name)\t\("\(error)".replacingOccurrences(of: "\n", with: " "))")
    }
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
}

func assertEqual<T: Equatable>(_ expected: T, _ actual: T, _ what: String = "") throws {
  if expected != actual { throw Failure(description: "\(what) expected \(expected), got \(actual)") }
}

func assertTrue(_ truth: Bool, _ what: String = "not true") throws {
  if !truth { throw Failure(description: what) }
}

func some<T>(_ value: T?, _ what: String = "there is none") throws -> T {
  guard let value = value else { throw Failure(description: what) }
  return value
}

/// The fault that the body threw.
func faultOf<T>(_ body: () async throws -> T) async throws -> KeyFault {
  do {
    _ = try await body()
  } catch let fault as KeyFault {
    return fault
  }
  throw Failure(description: "threw nothing")
}
