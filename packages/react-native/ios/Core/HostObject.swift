import Foundation
import JavaScriptCore

/// Keeps the script's object from keeping the app's: who asks a host that is gone gets nothing.
private final class HeldHost {
  weak var host: ScriptHost?

  init(_ host: ScriptHost) {
    self.host = host
  }
}

/// What a function of the host was given.
private struct Given {
  let context: JSContextRef?
  let count: Int
  let arguments: UnsafePointer<JSValueRef?>?

  func text(_ index: Int) -> String {
    return textOfValue(at(index), context)
  }

  func number(_ index: Int) -> Double {
    return JSValueToNumber(context, at(index), nil)
  }

  /// Zero for what is no whole number: no call has it.
  func whole(_ index: Int) -> Int {
    return Int(exactly: number(index)) ?? 0
  }

  private func at(_ index: Int) -> JSValueRef? {
    return index < count ? arguments?[index] : nil
  }
}

private func asked(
  _ context: JSContextRef?, _ this: JSObjectRef?, _ count: Int, _ arguments: UnsafePointer<JSValueRef?>?, _ answer: (ScriptHost, Given) -> JSValueRef?
) -> JSValueRef? {
  guard let held = JSObjectGetPrivate(this), let host = Unmanaged<HeldHost>.fromOpaque(held).takeUnretainedValue().host else { return nil }
  return answer(host, Given(context: context, count: count, arguments: arguments))
}

/// The object `countersignHost` of the script: its functions ask the host, as long as there is one.
func hostObject(_ context: JSContextRef?, _ host: ScriptHost) -> JSObjectRef? {
  var definition = kJSClassDefinitionEmpty
  definition.finalize = { object in
    if let held = JSObjectGetPrivate(object) { Unmanaged<HeldHost>.fromOpaque(held).release() }
  }
  let kind = JSClassCreate(&definition)
  defer { JSClassRelease(kind) }
  let object = JSObjectMake(context, kind, Unmanaged.passRetained(HeldHost(host)).toOpaque())
  let functions: [(String, JSObjectCallAsFunctionCallback)] = [
    ("call", { context, _, this, count, arguments, _ in
      asked(context, this, count, arguments) { host, given in
        host.call(given.whole(0), given.text(1), given.text(2))
        return nil
      }
    }),
    ("after", { context, _, this, count, arguments, _ in
      asked(context, this, count, arguments) { host, given in
        host.after(given.whole(0), given.number(1))
        return nil
      }
    }),
    ("answer", { context, _, this, count, arguments, _ in
      asked(context, this, count, arguments) { host, given in
        host.answer(given.whole(0), given.text(1))
        return nil
      }
    }),
    ("randomBytes", { context, _, this, count, arguments, _ in
      asked(context, this, count, arguments) { host, given in scriptText(host.randomBytes(given.whole(0)), given.context) }
    }),
    ("continuousMs", { context, _, this, count, arguments, _ in
      asked(context, this, count, arguments) { host, given in JSValueMakeNumber(given.context, host.continuousMs()) }
    }),
  ]
  for (name, function) in functions {
    withScriptName(name) { JSObjectSetProperty(context, object, $0, JSObjectMakeFunctionWithCallback(context, $0, function), 0, nil) }
  }
  return object
}
