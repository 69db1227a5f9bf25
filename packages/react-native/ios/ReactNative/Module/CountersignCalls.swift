import Foundation

/// `Bridge` as Objective-C takes it, with JSON text in and out. CountersignSwift.h declares it by hand.
@objc(CountersignCalls)
public final class CountersignCalls: NSObject {
  private let bridge = Bridge()

  /// Answers once, from any thread. Calls begin in the order in which they come.
  @objc(call:of:answer:)
  public func call(_ name: String, of: String, answer: @escaping (String) -> Void) {
    bridge.callText(name, of, answer: answer)
  }

  /// `script` is where React Native says that it loaded its JavaScript from.
  @objc(identity:)
  public func identity(_ script: URL?) -> String {
    return textOf(bridge.identity(script: script))
  }

  @objc(randomBytes:)
  public func randomBytes(_ length: Double) -> String {
    return Int(exactly: length).map { bridge.randomBytes($0) } ?? ""
  }

  @objc(continuousMs)
  public func continuousMs() -> Double {
    return bridge.continuousMs()
  }

  @objc(close)
  public func close() {
    bridge.close()
  }
}
