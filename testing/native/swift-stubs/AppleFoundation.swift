// What Foundation has on Apple's systems and not on Linux, or there in another module.
@_exported import AppleCore
@_exported import FoundationNetworking
import Foundation
import Security

extension URLProtectionSpace {
  public var serverTrust: SecTrust? { absent() }
}

extension URLCredential {
  public convenience init(trust: SecTrust) { absent() }
}

extension ProcessInfo {
  public var isiOSAppOnMac: Bool { return false }
}

// Linux names it, and takes no use of it.
public let NSURLAuthenticationMethodServerTrust: String = "NSURLAuthenticationMethodServerTrust"
