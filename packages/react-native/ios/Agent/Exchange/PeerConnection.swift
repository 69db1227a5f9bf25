import Foundation
import Network
import Security

private let openSeconds = 30
private let connectSeconds: UInt32 = 15

/// A connection of Network.framework, held to its peer's policy. No session of TLS is resumed: a resumed one shows no certificate, and was proven to another policy,
/// perhaps.
final class PeerConnection: ByteStream, @unchecked Sendable {
  private let peer: Peer
  private let queue = DispatchQueue(label: "dev.countersign.connection")
  private let connection: nw_connection_t
  private let verdict: Verdict
  private let opened = Outcome<Void>()
  /// On the queue alone, as is what follows.
  private var isClosed = false
  private var hasEnded = false

  init(_ peer: Peer) {
    self.peer = peer
    verdict = Verdict()
    let endpoint = nw_endpoint_create_host(peer.secure || peer.name != "localhost" ? peer.name : "127.0.0.1", String(peer.port))
    connection = nw_connection_create(endpoint, parameters(peer, verdict))
    nw_connection_set_queue(connection, queue)
  }

  deinit {
    // One that was closed goes on until what was given to be written is: its end is the framework's by now.
    if !isClosed { nw_connection_force_cancel(connection) }
  }

  func open() async throws {
    nw_connection_set_state_changed_handler(connection) { [weak self] state, _ in self?.stateChanged(state) }
    nw_connection_start(connection)
    queue.asyncAfter(deadline: .now() + .seconds(openSeconds)) { [weak self] in
      // Of a connection that is open already, this settles nothing.
      self?.opened.settle(.failure(ChannelFault.network("the peer does not answer")))
    }
    try await opened.value()
  }

  func read(most: Int) async throws -> Data? {
    let came = Outcome<Data?>()
    queue.async { self.receive(most, came) }
    return try await came.value()
  }

  func write(_ bytes: Data) -> Outcome<Void> {
    let written = Outcome<Void>()
    let content = bytes.withUnsafeBytes { DispatchData(bytes: $0) }
    // A context of one message that is complete: the default one of streams would end this side.
    nw_connection_send(connection, content as __DispatchData, nw_content_context_create("message"), true) { error in
      written.settle(error == nil ? .success(()) : .failure(ChannelFault.network("the connection broke")))
    }
    return written
  }

  func close() {
    queue.async {
      self.isClosed = true
      nw_connection_cancel(self.connection)
    }
  }

  func cut() {
    queue.async {
      self.isClosed = true
      self.opened.settle(.failure(ChannelFault.network("the connection was closed")))
      nw_connection_force_cancel(self.connection)
    }
  }

  /// To wait for a better network would be to wait without end: a connection that cannot be made now is not made.
  private func stateChanged(_ state: nw_connection_state_t) {
    if state == nw_connection_state_ready {
      opened.settle(.success(()))
    } else if state == nw_connection_state_waiting || state == nw_connection_state_failed || state == nw_connection_state_cancelled {
      let fault = verdict.isRefused ? ChannelFault.refused("the peer did not prove itself") : ChannelFault.network("no connection")
      opened.settle(.failure(fault))
      nw_connection_force_cancel(connection)
    }
  }

  private func receive(_ most: Int, _ came: Outcome<Data?>) {
    guard !isClosed else { return came.settle(.failure(ChannelFault.network("the connection was closed"))) }
    guard !hasEnded else { return came.settle(.success(nil)) }
    nw_connection_receive(connection, 1, UInt32(most)) { content, _, isComplete, error in
      if isComplete && error == nil { self.hasEnded = true }
      if let content = content.map({ Data($0 as DispatchData) }), !content.isEmpty {
        came.settle(.success(content))
      } else if self.hasEnded {
        came.settle(.success(nil))
      } else {
        came.settle(.failure(ChannelFault.network("the connection broke")))
      }
    }
  }
}

/// What came of the handshake: whether it was this side that ended it.
private final class Verdict: @unchecked Sendable {
  private let lock = NSLock()
  private var refused = false

  var isRefused: Bool {
    lock.lock()
    defer { lock.unlock() }
    return refused
  }

  func refuse() {
    lock.lock()
    refused = true
    lock.unlock()
  }
}

private func parameters(_ peer: Peer, _ verdict: Verdict) -> nw_parameters_t {
  let parameters = nw_parameters_create()
  let stack = nw_parameters_copy_default_protocol_stack(parameters)
  let tcp = nw_tcp_create_options()
  nw_tcp_options_set_no_delay(tcp, true)
  nw_tcp_options_set_connection_timeout(tcp, connectSeconds)
  nw_protocol_stack_set_transport_protocol(stack, tcp)
  if peer.secure { nw_protocol_stack_prepend_application_protocol(stack, tlsOptions(peer, verdict)) }
  return parameters
}

private func tlsOptions(_ peer: Peer, _ verdict: Verdict) -> nw_protocol_options_t {
  let tls = nw_tls_create_options()
  let options = nw_tls_copy_sec_protocol_options(tls)
  sec_protocol_options_set_min_tls_protocol_version(options, .TLSv12)
  sec_protocol_options_add_tls_application_protocol(options, "http/1.1")
  sec_protocol_options_set_tls_resumption_enabled(options, false)
  sec_protocol_options_set_tls_tickets_enabled(options, false)
  sec_protocol_options_set_peer_authentication_required(options, true)
  sec_protocol_options_set_verify_block(options, { _, handshake, complete in
    let trust = sec_trust_copy_ref(handshake).takeRetainedValue()
    let isNamed = SecTrustSetPolicies(trust, SecPolicyCreateSSL(true, peer.name as CFString)) == errSecSuccess
    let isProven = isNamed && provesChannel(peer.policy, trust)
    if !isProven { verdict.refuse() }
    complete(isProven)
    // On a queue of its own: the store may ask the network, for as long as that likes, and limits and cuts must not wait for it.
  }, DispatchQueue(label: "dev.countersign.proof"))
  return tls
}
