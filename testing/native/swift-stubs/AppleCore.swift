// CoreFoundation's types, which every framework of Apple's speaks in: bridged to Foundation's classes there, the same classes here.
import Foundation

public typealias CFArray = NSArray
public typealias CFData = NSData
public typealias CFDictionary = NSDictionary
public typealias CFString = NSString
public typealias CFTypeRef = AnyObject
public typealias CFTypeID = UInt
public typealias CFIndex = Int
public typealias CFAllocator = NSObject
public typealias OSStatus = Int32

public final class CFError: Error {}

public final class CFRunLoop {}
public struct CFRunLoopMode: RawRepresentable {
  public let rawValue: CFString
  public init(rawValue: CFString) { self.rawValue = rawValue }
  public static var defaultMode: CFRunLoopMode { return CFRunLoopMode(rawValue: "kCFRunLoopDefaultMode") }
}

public func CFRunLoopGetCurrent() -> CFRunLoop! { return CFRunLoop() }
// At once: the threads of Linux's URLSession run no loop.
public func CFRunLoopPerformBlock(_ rl: CFRunLoop!, _ mode: CFTypeRef!, _ block: (() -> Void)!) { block() }
public func CFRunLoopWakeUp(_ rl: CFRunLoop!) {}

// There is one kind of it here, a key.
public func CFGetTypeID(_ cf: CFTypeRef!) -> CFTypeID { return 1 }

/// What stands for a call of the platform that no test may reach.
public func absent(_ name: String = #function) -> Never {
  fatalError("\(name) is Apple's alone")
}

/// libdispatch's object under DispatchData, to which it is bridged.
public final class __DispatchData: NSObject, @unchecked Sendable {
  public let data: DispatchData
  public init(_ data: DispatchData) { self.data = data }
}

extension DispatchData: @retroactive _ObjectiveCBridgeable {
  public func _bridgeToObjectiveC() -> __DispatchData { return __DispatchData(self) }
  public static func _forceBridgeFromObjectiveC(_ source: __DispatchData, result: inout DispatchData?) { result = source.data }
  public static func _conditionallyBridgeFromObjectiveC(_ source: __DispatchData, result: inout DispatchData?) -> Bool {
    result = source.data
    return true
  }
  public static func _unconditionallyBridgeFromObjectiveC(_ source: __DispatchData?) -> DispatchData { return source?.data ?? DispatchData.empty }
}
