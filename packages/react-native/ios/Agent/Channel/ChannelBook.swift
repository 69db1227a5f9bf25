import Foundation

/// What the signed manifest says of every API's channel, for connections of the app that the agent does not carry itself. It is kept, so that connections made before
/// JavaScript runs are held to the last that was known. A kept text that does not parse is as none: the device's store alone decides until JavaScript
/// has said anew what the manifest says.
public final class ChannelBook: @unchecked Sendable {
  /// The one of this process, kept in `InstanceFiles`.
  public static let shared = ChannelBook(
    load: { try InstanceFiles().read(fileName) },
    keep: { try InstanceFiles().writeReadable(fileName, $0) }
  )

  private let load: () throws -> String?
  private let keep: (String) throws -> Void
  private let lock = NSLock()
  /// Nil before it was read.
  private var policies: [String: ChannelPolicy]?
  private var isKept = true
  private var changes = 0

  init(load: @escaping () throws -> String?, keep: @escaping (String) throws -> Void) {
    self.load = load
    self.keep = keep
  }

  /// Moves with each change: connections that were proven before are proven by another policy.
  public var version: Int {
    lock.lock()
    defer { lock.unlock() }
    return changes
  }

  /// Nil where the manifest names no such channel. Of the host, letters in capitals, a dot at the end and brackets mean nothing.
  public func policy(host: String, port: Int) -> ChannelPolicy? {
    lock.lock()
    defer { lock.unlock() }
    return known()[place(host, port)]
  }

  /// Holds this list, whole, instead of what was held. Throws `unsupported` for one that no manifest could have said, `unavailable` where it cannot be
  /// kept: then it is held for as long as the process lives, and kept when it is said again.
  func hold(_ channels: [HeldChannel]) throws {
    guard let policies = policiesOf(channels) else { throw KeyFault.unsupported("these are no channels of a manifest") }
    lock.lock()
    defer { lock.unlock() }
    if known() != policies {
      changes += 1
      isKept = false
    }
    self.policies = policies
    if isKept { return }
    do {
      try keep(heldText(channels))
      isKept = true
    } catch {
      throw KeyFault.unavailable(nil)
    }
  }

  /// A file that cannot be read now is asked for again.
  private func known() -> [String: ChannelPolicy] {
    if let policies = policies { return policies }
    guard let text = try? load() ?? "" else { return [:] }
    let read = readHeld(text).flatMap { policiesOf($0) } ?? [:]
    policies = read
    return read
  }
}

private let fileName = "held-channels"

private func policiesOf(_ channels: [HeldChannel]) -> [String: ChannelPolicy]? {
  guard channels.count <= 256, channels.allSatisfy({ $0.isSound }) else { return nil }
  let policies = Dictionary(channels.map { (place($0.host, $0.port), $0.policy) }) { first, _ in first }
  // A place that is named twice could be held to either.
  return policies.count == channels.count ? policies : nil
}

private func place(_ host: String, _ port: Int) -> String {
  var name = host.lowercased()
  if name.hasSuffix(".") { name.removeLast() }
  if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
  return "\(name) \(port)"
}
