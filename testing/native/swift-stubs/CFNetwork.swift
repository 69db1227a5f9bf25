@_exported import AppleCore
import Foundation

public func CFNetworkCopySystemProxySettings() -> Unmanaged<CFDictionary>? { absent() }
nonisolated(unsafe) public let kCFNetworkProxiesHTTPEnable: CFString = "HTTPEnable"
nonisolated(unsafe) public let kCFNetworkProxiesProxyAutoConfigEnable: CFString = "ProxyAutoConfigEnable"
