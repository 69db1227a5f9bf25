@_exported import AppleFoundation
@_exported import Foundation
@_exported import Security

// Protocols of Objective-C there, each with one class of its own.
public class OS_nw_connection: NSObject, @unchecked Sendable {}
public class OS_nw_content_context: NSObject, @unchecked Sendable {}
public class OS_nw_endpoint: NSObject, @unchecked Sendable {}
public class OS_nw_error: NSObject, @unchecked Sendable {}
public class OS_nw_parameters: NSObject, @unchecked Sendable {}
public class OS_nw_protocol_options: NSObject, @unchecked Sendable {}
public class OS_nw_protocol_stack: NSObject, @unchecked Sendable {}
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

public func nw_connection_cancel(_ connection: nw_connection_t) { absent() }
public func nw_connection_create(_ endpoint: nw_endpoint_t, _ parameters: nw_parameters_t) -> nw_connection_t { absent() }
public func nw_connection_force_cancel(_ connection: nw_connection_t) { absent() }
public func nw_connection_receive(
  _ connection: nw_connection_t, _ minimum_incomplete_length: UInt32, _ maximum_length: UInt32,
  _ completion: @escaping (__DispatchData?, nw_content_context_t?, Bool, nw_error_t?) -> Void
) { absent() }
public func nw_connection_send(
  _ connection: nw_connection_t, _ content: __DispatchData?, _ context: nw_content_context_t, _ is_complete: Bool,
  _ completion: @escaping (nw_error_t?) -> Void
) { absent() }
public func nw_connection_set_queue(_ connection: nw_connection_t, _ queue: DispatchQueue) { absent() }
public func nw_connection_set_state_changed_handler(
  _ connection: nw_connection_t, _ handler: ((nw_connection_state_t, nw_error_t?) -> Void)?
) { absent() }
public func nw_connection_start(_ connection: nw_connection_t) { absent() }
public func nw_content_context_create(_ context_identifier: UnsafePointer<CChar>) -> nw_content_context_t { absent() }
public func nw_endpoint_create_host(_ hostname: UnsafePointer<CChar>, _ port: UnsafePointer<CChar>) -> nw_endpoint_t { absent() }
public func nw_parameters_copy_default_protocol_stack(_ parameters: nw_parameters_t) -> nw_protocol_stack_t { absent() }
public func nw_parameters_create() -> nw_parameters_t { absent() }
public func nw_protocol_stack_prepend_application_protocol(_ stack: nw_protocol_stack_t, _ protocol: nw_protocol_options_t) { absent() }
public func nw_protocol_stack_set_transport_protocol(_ stack: nw_protocol_stack_t, _ protocol: nw_protocol_options_t) { absent() }
public func nw_tcp_create_options() -> nw_protocol_options_t { absent() }
public func nw_tcp_options_set_connection_timeout(_ options: nw_protocol_options_t, _ connection_timeout: UInt32) { absent() }
public func nw_tcp_options_set_no_delay(_ options: nw_protocol_options_t, _ no_delay: Bool) { absent() }
public func nw_tls_copy_sec_protocol_options(_ options: nw_protocol_options_t) -> sec_protocol_options_t { absent() }
public func nw_tls_create_options() -> nw_protocol_options_t { absent() }
