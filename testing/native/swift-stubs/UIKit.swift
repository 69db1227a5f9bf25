@_exported import AppleFoundation
@_exported import Foundation

// What Objective-C declares for the main actor alone is a warning elsewhere in Swift 5, an error in Swift 6.
@preconcurrency @MainActor public class UIScreen: NSObject {
  // A screen that nobody captures: the main thread asks for it at a time of its own.
  public class var main: UIScreen { return UIScreen() }
  public var isCaptured: Bool { return false }
  public nonisolated class var capturedDidChangeNotification: NSNotification.Name { return NSNotification.Name("UIScreenCapturedDidChangeNotification") }
}

@preconcurrency @MainActor open class UIResponder: NSObject {}
@preconcurrency @MainActor public protocol UIApplicationDelegate: NSObjectProtocol {}
