import CFNetwork
import Foundation

/// A proxy that requests of this process would take.
///
/// Limit: many networks have one. Traffic that a VPN or a router turns aside shows no proxy; the channel's own proof is what meets that.
public struct ProxyDetector: Detector {
  public let name = "proxy"
  public let revision = 1

  public init() {}

  public func look() throws -> Sighting? {
    guard let settings = CFNetworkCopySystemProxySettings()?.takeRetainedValue() as? [String: Any] else { throw NotSeen() }
    let isOn = (settings[kCFNetworkProxiesHTTPEnable as String] as? Int) == 1 || settings["HTTPSEnable"] as? Int == 1
    let isAutomatic = (settings[kCFNetworkProxiesProxyAutoConfigEnable as String] as? Int) == 1
    return isOn ? Sighting("manual") : isAutomatic ? Sighting("automatic") : nil
  }
}
