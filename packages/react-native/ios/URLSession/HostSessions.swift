import Foundation

/// Sessions by host and port, each made anew when its host's policy changes: kept connections are proven by the policy of their time.
final class HostSessions: @unchecked Sendable {
  static let shared = HostSessions(ChannelBook.shared)

  private let book: ChannelBook
  private let lock = NSLock()
  private var sessions: [String: HostSession] = [:]

  init(_ book: ChannelBook) {
    self.book = book
  }

  /// Begins under the lock: a session that was retired takes no more.
  func load(_ request: URLRequest, host: String, port: Int, usesCookies: Bool, _ tell: @escaping @Sendable (LoadEvent) -> Void) -> URLSessionTask {
    lock.lock()
    defer { lock.unlock() }
    let key = "\(host):\(port) \(usesCookies)"
    let policy = book.policy(host: host, port: port)
    if let known = sessions[key] {
      if known.policy == policy { return known.load(request, tell) }
      known.retire()
    }
    let made = HostSession(host: host, port: port, policy: policy, usesCookies: usesCookies)
    sessions[key] = made
    return made.load(request, tell)
  }
}
