import Foundation

/// Connections whose answer was read to its end, for the next exchange with the same peer under the very same policy (RFC 9112 §9.3). Few, for a short
/// while: a phone's network changes, and what proved itself long ago might not today.
final class KeptConnections: @unchecked Sendable {
  static let maxIdleMs = 30_000.0
  static let maxAgeMs = 300_000.0
  static let maxKept = 8

  private struct Kept {
    let peer: Peer
    let connection: Connection
    let untilMs: Double
  }

  private let nowMs: () -> Double
  private let lock = NSLock()
  /// The one that was put first comes first.
  private var kept: [Kept] = []

  init(nowMs: @escaping () -> Double) {
    self.nowMs = nowMs
  }

  /// The one that was put last and is quiet; nil where there is none. What was proven under another policy is closed.
  func take(_ peer: Peer) -> Connection? {
    lock.lock()
    defer { lock.unlock() }
    close { $0.peer.isPlace(of: peer) && $0.peer != peer || $0.untilMs <= nowMs() }
    // The peer may have ended it meanwhile, or said what nobody asked.
    close { $0.peer == peer && !$0.connection.reader.isQuiet }
    return kept.lastIndex { $0.peer == peer }.map { kept.remove(at: $0).connection }
  }

  /// Keeps a connection on which nothing is under way. `idleMs` is what the peer says that it waits, if it does.
  func put(_ peer: Peer, _ connection: Connection, idleMs: Double?) {
    lock.lock()
    defer { lock.unlock() }
    let untilMs = min(nowMs() + min(idleMs ?? Self.maxIdleMs, Self.maxIdleMs), connection.openedAtMs + Self.maxAgeMs)
    guard untilMs > nowMs(), connection.reader.watch() else { return connection.stream.close() }
    kept.append(Kept(peer: peer, connection: connection, untilMs: untilMs))
    if kept.count > Self.maxKept { kept.removeFirst().connection.stream.close() }
    _ = after(Self.maxIdleMs / 1000) { [weak self] in self?.closeOld() }
  }

  func closeAll() {
    lock.lock()
    defer { lock.unlock() }
    close { _ in true }
  }

  private func closeOld() {
    lock.lock()
    defer { lock.unlock() }
    close { $0.untilMs <= nowMs() }
  }

  private func close(_ which: (Kept) -> Bool) {
    for each in kept.filter(which) { each.connection.stream.close() }
    kept.removeAll(where: which)
  }
}
