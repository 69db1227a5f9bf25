import Foundation

/// A connection of bytes to one peer, all of whose failures are `ChannelFault`. What is built on it knows neither sockets nor TLS.
protocol ByteStream: AnyObject, Sendable {
  /// Connects and lets the peer prove itself; once, and before anything is written. `channel_refused` where it does not.
  func open() async throws
  /// The next bytes, at least one and at most `most`; nil where the peer ended its side in due form. One call at a time.
  func read(most: Int) async throws -> Data?
  /// Writes the bytes whole, after those of earlier calls. Settled when more may come: a peer that does not read holds it up.
  func write(_ bytes: Data) -> Outcome<Void>
  /// Ends it in due form, behind what was given to be written. As `cut`, it may be called at any time, from any thread, more than once.
  func close()
  /// Ends it at once; whatever waits fails.
  func cut()
}

/// Whom a stream leads to, and what it must prove.
struct Peer: Equatable {
  /// False for plain connections, to this very device alone.
  let secure: Bool
  let host: String
  let port: Int
  let policy: ChannelPolicy

  /// As the endpoint and the certificate's name have it: an address without its brackets.
  var name: String {
    return host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
  }

  /// What `Host` says: the port where it is not the scheme's own.
  var authority: String {
    return port == (secure ? 443 : 80) ? host : "\(host):\(port)"
  }

  func isPlace(of other: Peer) -> Bool {
    return secure == other.secure && host == other.host && port == other.port
  }

  /// A peer without TLS proves nothing: none is spoken to but this device, where nobody sits between two ends.
  func check() throws {
    guard secure || name == "localhost" || name == "127.0.0.1" || name == "::1" else { throw ChannelFault.refused("without TLS none but this device is spoken to") }
  }
}

typealias OpenStream = (Peer) -> ByteStream
