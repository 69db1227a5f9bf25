@_exported import AppleFoundation
@_exported import Foundation

// What Objective-C declares for the main actor alone is a warning elsewhere in Swift 5, an error in Swift 6.
@preconcurrency @MainActor public class UIScreen: NSObject {
  public class var main: UIScreen { absent() }
  public var isCaptured: Bool { absent() }
}

@preconcurrency @MainActor open class UIResponder: NSObject {}
@preconcurrency @MainActor public protocol UIApplicationDelegate: NSObjectProtocol {}
