import Foundation

/// A configuration as React Native's networking and expo/fetch make theirs: the app's cookies, and no cellular network where its Info.plist says `ReactNetworkForceWifiOnly`.
func sessionConfiguration() -> URLSessionConfiguration {
  let configuration = URLSessionConfiguration.default
  configuration.httpShouldSetCookies = true
  configuration.httpCookieAcceptPolicy = .always
  configuration.httpCookieStorage = .shared
  if Bundle.main.object(forInfoDictionaryKey: "ReactNetworkForceWifiOnly") as? Bool == true { configuration.allowsCellularAccess = false }
  return configuration
}

extension URLSessionConfiguration {
  /// Whether its cookies are the app's own, which all sessions share and the device keeps.
  var usesSharedCookies: Bool {
    return httpCookieStorage === HTTPCookieStorage.shared && httpShouldSetCookies && httpCookieAcceptPolicy != .never
  }

  func keepNothing() {
    httpShouldSetCookies = false
    httpCookieAcceptPolicy = .never
    httpCookieStorage = nil
    urlCredentialStorage = nil
  }
}
