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
