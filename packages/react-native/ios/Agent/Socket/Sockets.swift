import Foundation

/// The sockets of this process, by the names that the caller chose. What is over is forgotten.
final class Sockets: @unchecked Sendable {
  private let open: OpenStream
  private let limits: Socket.Limits
  private let lock = NSLock()
  private var running: [String: Socket] = [:]

  init(limits: Socket.Limits = Socket.Limits(), _ open: @escaping OpenStream) {
    self.limits = limits
    self.open = open
  }

  /// Names a socket, from when on it may be closed. Throws where it cannot be written, or was begun before.
  func begin(_ name: String, _ opening: SocketOpening) throws -> Socket {
    let socket = try Socket(opening, limits: limits, open: open) { [weak self] in self?.forget(name) }
    lock.lock()
    defer { lock.unlock() }
    guard running[name] == nil else { throw KeyFault.unsupported("the socket was begun before") }
    running[name] = socket
    return socket
  }

  /// Nil for one that is over.
  func find(_ name: String) -> Socket? {
    lock.lock()
    defer { lock.unlock() }
    return running[name]
  }

  /// Ends all of them.
  func close() {
    lock.lock()
    let all = running.values
    running = [:]
    lock.unlock()
    for each in all { each.giveUp() }
  }

  func forget(_ name: String) {
    lock.lock()
    running[name] = nil
    lock.unlock()
  }
}
