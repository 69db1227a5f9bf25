import Expo
import ExpoModulesCore

/// Holds the sessions of expo/fetch to the manifest. Expo calls it before the app's main code, and before any session is made.
public class CountersignSubscriber: ExpoAppDelegateSubscriber {
  public func subscriberDidRegister() {
    ExpoFetchCustomExtension.setCustomURLSessionConfigurationProvider { CountersignStart.networkConfiguration() }
  }
}
