import Foundation

/// The configuration string that the build put into the app's Info.plist. Throws `unsupported` where there is none that this build may take.
@Sendable func appConfiguration() throws -> Configuration {
  return try takenConfiguration(Bundle.main.object(forInfoDictionaryKey: "CountersignConfiguration") as? String, isDebug: isDebugBuild)
}

/// A development project takes test devices: a build that users get must not ask it.
func takenConfiguration(_ text: String?, isDebug: Bool) throws -> Configuration {
  guard let text = text else { throw KeyFault.unsupported("the app's Info.plist has no CountersignConfiguration") }
  guard let configuration = Configuration(text) else { throw KeyFault.unsupported("CountersignConfiguration is no configuration string") }
  guard isDebug || !configuration.isDevelopment else {
    throw KeyFault.unsupported("a build that is not for debugging takes the configuration string of the production project")
  }
  return configuration
}

#if DEBUG
  private let isDebugBuild = true
#else
  private let isDebugBuild = false
#endif
