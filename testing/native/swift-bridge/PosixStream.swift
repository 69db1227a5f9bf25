import Foundation
import Glibc

/// What stands for Network.framework's connections on Linux: a socket of the system without TLS, to a peer on this machine. A policy of kind `refused` stands for a peer that
/// does not prove itself.
final class PosixStream: ByteStream, @unchecked Sendable {
  private let peer: Peer
  private let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  private let reads = DispatchQueue(label: "reads")
  private let writes = DispatchQueue(label: "writes")

  init(_ peer: Peer) {
    self.peer = peer
  }

  deinit {
    Glibc.close(descriptor)
  }

  func open() async throws {
    // So that a peer that does not read is soon felt.
    var bytes: Int32 = 64 * 1024
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(peer.port).bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard connected == 0 else { throw ChannelFault.network("no connection") }
    guard peer.policy.channel != "refused" else { throw ChannelFault.refused("the peer did not prove itself") }
  }

  func read(most: Int) async throws -> Data? {
    let came = Outcome<Data?>()
    reads.async {
      var bytes = [UInt8](repeating: 0, count: most)
      let count = recv(self.descriptor, &bytes, most, 0)
      came.settle(count < 0 ? .failure(ChannelFault.network("the connection broke")) : .success(count == 0 ? nil : Data(bytes.prefix(count))))
    }
    return try await came.value()
  }

  func write(_ bytes: Data) -> Outcome<Void> {
    let written = Outcome<Void>()
    writes.async {
      var rest = [UInt8](bytes)[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { send(self.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count > 0 else { return written.settle(.failure(ChannelFault.network("the connection broke"))) }
        rest = rest.dropFirst(count)
      }
      written.settle(.success(()))
    }
    return written
  }

  func close() {
    writes.async { self.cut() }
  }

  func cut() {
    shutdown(descriptor, Int32(SHUT_RDWR))
  }
}
