@_exported import AppleFoundation
@_exported import Foundation
@_exported import Security
import Glibc
@_spi(StandIn) import Security

// Protocols of Objective-C there, each with one class of its own.
public class OS_nw_connection: NSObject, @unchecked Sendable {
  let wire: Wire
  init(_ wire: Wire) { self.wire = wire }
}
public class OS_nw_content_context: NSObject, @unchecked Sendable {}
public class OS_nw_endpoint: NSObject, @unchecked Sendable {
  let port: UInt16
  init(_ port: UInt16) { self.port = port }
}
public class OS_nw_error: NSObject, @unchecked Sendable {}
public class OS_nw_parameters: NSObject, @unchecked Sendable {
  let stack = OS_nw_protocol_stack()
}
public class OS_nw_protocol_options: NSObject, @unchecked Sendable {
  let security = OS_sec_protocol_options()
}
public class OS_nw_protocol_stack: NSObject, @unchecked Sendable {
  var transport: OS_nw_protocol_options?
  var tls: OS_nw_protocol_options?
}
public typealias nw_connection_t = OS_nw_connection
public typealias nw_content_context_t = OS_nw_content_context
public typealias nw_endpoint_t = OS_nw_endpoint
public typealias nw_error_t = OS_nw_error
public typealias nw_parameters_t = OS_nw_parameters
public typealias nw_protocol_options_t = OS_nw_protocol_options
public typealias nw_protocol_stack_t = OS_nw_protocol_stack

public struct nw_connection_state_t: Equatable, RawRepresentable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }
}
public let nw_connection_state_waiting = nw_connection_state_t(rawValue: 1)
public let nw_connection_state_ready = nw_connection_state_t(rawValue: 3)
public let nw_connection_state_failed = nw_connection_state_t(rawValue: 4)
public let nw_connection_state_cancelled = nw_connection_state_t(rawValue: 5)

public func nw_connection_cancel(_ connection: nw_connection_t) { connection.wire.end(atOnce: false) }
public func nw_connection_create(_ endpoint: nw_endpoint_t, _ parameters: nw_parameters_t) -> nw_connection_t { return nw_connection_t(Wire(endpoint.port, parameters.stack)) }
public func nw_connection_force_cancel(_ connection: nw_connection_t) { connection.wire.end(atOnce: true) }
public func nw_connection_receive(
  _ connection: nw_connection_t, _ minimum_incomplete_length: UInt32, _ maximum_length: UInt32,
  _ completion: @escaping (__DispatchData?, nw_content_context_t?, Bool, nw_error_t?) -> Void
) { connection.wire.receive(Int(maximum_length), completion) }
public func nw_connection_send(
  _ connection: nw_connection_t, _ content: __DispatchData?, _ context: nw_content_context_t, _ is_complete: Bool,
  _ completion: @escaping (nw_error_t?) -> Void
) { connection.wire.send(content.map { [UInt8]($0 as DispatchData) } ?? [], completion) }
public func nw_connection_set_queue(_ connection: nw_connection_t, _ queue: DispatchQueue) { connection.wire.queue = queue }
public func nw_connection_set_state_changed_handler(
  _ connection: nw_connection_t, _ handler: ((nw_connection_state_t, nw_error_t?) -> Void)?
) { connection.wire.handler = handler }
public func nw_connection_start(_ connection: nw_connection_t) { connection.wire.start() }
public func nw_content_context_create(_ context_identifier: UnsafePointer<CChar>) -> nw_content_context_t { return nw_content_context_t() }
public func nw_endpoint_create_host(_ hostname: UnsafePointer<CChar>, _ port: UnsafePointer<CChar>) -> nw_endpoint_t { return nw_endpoint_t(UInt16(String(cString: port)) ?? 0) }
public func nw_parameters_copy_default_protocol_stack(_ parameters: nw_parameters_t) -> nw_protocol_stack_t { return parameters.stack }
public func nw_parameters_create() -> nw_parameters_t { return nw_parameters_t() }
public func nw_protocol_stack_prepend_application_protocol(_ stack: nw_protocol_stack_t, _ protocol: nw_protocol_options_t) { stack.tls = `protocol` }
public func nw_protocol_stack_set_transport_protocol(_ stack: nw_protocol_stack_t, _ protocol: nw_protocol_options_t) { stack.transport = `protocol` }
public func nw_tcp_create_options() -> nw_protocol_options_t { return nw_protocol_options_t() }
public func nw_tcp_options_set_connection_timeout(_ options: nw_protocol_options_t, _ connection_timeout: UInt32) {}
public func nw_tcp_options_set_no_delay(_ options: nw_protocol_options_t, _ no_delay: Bool) {}
public func nw_tls_copy_sec_protocol_options(_ options: nw_protocol_options_t) -> sec_protocol_options_t { return options.security }
public func nw_tls_create_options() -> nw_protocol_options_t { return nw_protocol_options_t() }

/// A socket of the system in place of the framework's connections: every name leads to this machine. In place of a handshake of TLS, a peer says in one line the name that its
/// certificate is for, `known` where the device knows its root, and its chain in base64, leaf first.
final class Wire: @unchecked Sendable {
  var queue: DispatchQueue?
  var handler: ((nw_connection_state_t, nw_error_t?) -> Void)?
  private let port: UInt16
  private let stack: nw_protocol_stack_t
  private let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  private let reads = DispatchQueue(label: "reads")
  private let writes = DispatchQueue(label: "writes")
  private let lock = NSLock()
  private var isOver = false

  init(_ port: UInt16, _ stack: nw_protocol_stack_t) {
    self.port = port
    self.stack = stack
    // So that a peer that does not read is soon felt.
    var bytes: Int32 = 64 * 1024
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit {
    close(descriptor)
  }

  func start() {
    reads.async {
      guard self.stack.transport != nil, self.isConnected() else { return self.tell(nw_connection_state_waiting) }
      guard let tls = self.stack.tls else { return self.tell(nw_connection_state_ready) }
      self.judge(tls.security)
    }
  }

  func receive(_ most: Int, _ completion: @escaping (__DispatchData?, nw_content_context_t?, Bool, nw_error_t?) -> Void) {
    reads.async {
      let bytes = self.some(most)
      let isCut = bytes == nil || self.wasEnded
      self.queue?.async {
        if let bytes = bytes, !bytes.isEmpty {
          let data = bytes.withUnsafeBytes { DispatchData(bytes: $0) }
          completion(data as __DispatchData, nw_content_context_t(), false, nil)
        } else {
          completion(nil, nil, !isCut, isCut ? nw_error_t() : nil)
        }
      }
    }
  }

  func send(_ bytes: [UInt8], _ completion: @escaping (nw_error_t?) -> Void) {
    writes.async {
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.send(self.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count <= 0 { break }
        rest = rest.dropFirst(count)
      }
      let isWhole = rest.isEmpty
      self.queue?.async { completion(isWhole ? nil : nw_error_t()) }
    }
  }

  func end(atOnce: Bool) {
    let shut: @Sendable () -> Void = {
      self.over()
      shutdown(self.descriptor, Int32(SHUT_RDWR))
      self.tell(nw_connection_state_cancelled)
    }
    if atOnce { shut() } else { writes.async(execute: shut) }
  }

  private func judge(_ options: sec_protocol_options_t) {
    guard options.minimum == .TLSv12, options.isRequired, !options.isResumed, let verify = options.verify else { fatalError("TLS is not as it must be") }
    guard let words = line()?.split(separator: " ").map({ String($0) }), words.count > 2 else { return tell(nw_connection_state_failed) }
    let chain = words.dropFirst(2).map { SecCertificate(Data(base64Encoded: $0) ?? Data()) }
    let trust = OS_sec_trust(SecTrust(name: words[0], isKnown: words[1] == "known", chain: chain))
    options.queue?.async {
      verify(OS_sec_protocol_metadata(), trust) { isProven in
        if !isProven { self.end(atOnce: true) }
        self.tell(isProven ? nw_connection_state_ready : nw_connection_state_failed)
      }
    }
  }

  private func isConnected() -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port.bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    } == 0
  }

  /// Nil where the connection broke, nothing where it ended.
  private func some(_ most: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: most)
    let count = recv(descriptor, &bytes, most, 0)
    return count < 0 ? nil : Array(bytes.prefix(count))
  }

  private func line() -> String? {
    var line: [UInt8] = []
    while let byte = some(1)?.first {
      if byte == 0x0A { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
    return nil
  }

  private func tell(_ state: nw_connection_state_t) {
    queue?.async { self.handler?(state, nil) }
  }

  private func over() {
    lock.lock()
    isOver = true
    lock.unlock()
  }

  private var wasEnded: Bool {
    lock.lock()
    defer { lock.unlock() }
    return isOver
  }
}
