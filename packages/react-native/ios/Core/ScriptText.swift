import Foundation
import JavaScriptCore

/// Calls `use` with a name as the engine takes one.
func withScriptName<T>(_ name: String, _ use: (JSStringRef?) throws -> T) rethrows -> T {
  let made = JSStringCreateWithUTF8CString(name)
  defer { JSStringRelease(made) }
  return try use(made)
}

/// Text as a value of the script. What has a NUL in it is JSON no more, and neither side sends it.
func scriptText(_ text: String, _ context: JSContextRef?) -> JSValueRef? {
  return withScriptName(text) { JSValueMakeString(context, $0) }
}

/// The text of a value; empty for what is none.
func textOfValue(_ value: JSValueRef?, _ context: JSContextRef?) -> String {
  guard let value = value, JSValueIsString(context, value), let held = JSValueToStringCopy(context, value, nil) else { return "" }
  defer { JSStringRelease(held) }
  // The engine asks for room for three bytes of each character, which an answer of many megabytes does not need: what is not written to is no memory yet.
  return String(unsafeUninitializedCapacity: JSStringGetMaximumUTF8CStringSize(held)) { bytes in
    let length = bytes.withMemoryRebound(to: CChar.self) { JSStringGetUTF8CString(held, $0.baseAddress, $0.count) }
    return max(0, length - 1)
  }
}
