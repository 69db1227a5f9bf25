import Foundation

/// What CountersignLoad.m calls before `main`. CountersignSwift.h declares it by hand.
@objc(CountersignStart)
public final class CountersignStart: NSObject {
  /// The first look, on another thread: who asks for an observation waits for it, and the launch does not.
  @objc(begin)
  public static func begin() {
    DispatchQueue.global(qos: .userInitiated).async { _ = ProcessWatch.shared.observe() }
  }

  /// For sessions of React Native's networking and expo/fetch.
  @objc(networkConfiguration)
  public static func networkConfiguration() -> URLSessionConfiguration {
    let configuration = sessionConfiguration()
    configuration.holdToManifest()
    return configuration
  }
}
