import Foundation

/// The exchanges of this process, by the names that the caller chose. What is over is forgotten.
final class Exchanges: @unchecked Sendable {
  private let connections: Connections
  private let lock = NSLock()
  private var running: [String: Exchange] = [:]

  init(_ connections: Connections) {
    self.connections = connections
  }

  /// Names an exchange, from when on it may be uploaded to and abandoned. Throws where it cannot be written, or was begun before.
  func begin(_ name: String, _ request: ExchangeRequest) throws -> Exchange {
    let exchange = try Exchange(request, connections)
    lock.lock()
    defer { lock.unlock() }
    guard running[name] == nil else { throw KeyFault.unsupported("the exchange was begun before") }
    running[name] = exchange
    return exchange
  }

  func find(_ name: String) throws -> Exchange {
    lock.lock()
    defer { lock.unlock() }
    guard let exchange = running[name] else { throw ChannelFault.aborted() }
    return exchange
  }

  func send(_ name: String, _ exchange: Exchange) async throws -> AnswerHead {
    return try await kept(name) { try await exchange.send() }
  }

  func receive(_ name: String, _ exchange: Exchange) async throws -> Data? {
    return try await kept(name) {
      let piece = try await exchange.receive()
      if piece == nil { _ = take(name) }
      return piece
    }
  }

  func abandon(_ name: String) {
    take(name)?.abandon()
  }

  /// Ends all of them, and what was kept for later ones.
  func close() {
    lock.lock()
    let all = running.values
    running = [:]
    lock.unlock()
    for each in all { each.abandon() }
    connections.kept.closeAll()
  }

  private func kept<T>(_ name: String, _ step: () async throws -> T) async throws -> T {
    do {
      return try await step()
    } catch let fault as ChannelFault {
      _ = take(name)
      throw fault
    }
  }

  private func take(_ name: String) -> Exchange? {
    lock.lock()
    defer { lock.unlock() }
    return running.removeValue(forKey: name)
  }
}
