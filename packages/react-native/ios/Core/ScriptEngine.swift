import Foundation
import JavaScriptCore

/// A script that could not be evaluated, or did not leave what it must.
struct BrokenScript: Error {}

/// The core's script in an engine of its own, with nothing else in it: no page, no network, no file. To be used on one queue alone. It speaks to JavaScriptCore in C, which is
/// the same wherever there is a WebKit, so that tests run this very code.
final class ScriptEngine {
  private let context: JSGlobalContextRef
  private let agent: JSObjectRef

  /// `host` is asked from within the calls below, and not kept.
  init(script: String, host: ScriptHost) throws {
    guard let context = JSGlobalContextCreate(nil) else { throw BrokenScript() }
    self.context = context
    do {
      agent = try agentOf(script, host, context)
    } catch {
      JSGlobalContextRelease(context)
      throw error
    }
  }

  deinit {
    JSGlobalContextRelease(context)
  }

  func ask(_ id: Int, _ name: String, _ of: String) {
    tell("ask", [number(id), scriptText(name, context), scriptText(of, context)])
  }

  func answered(_ id: Int, _ answer: String) {
    tell("answered", [number(id), scriptText(answer, context)])
  }

  func passed(_ id: Int) {
    tell("passed", [number(id)])
  }

  private func tell(_ name: String, _ arguments: [JSValueRef?]) {
    guard let member = withScriptName(name, { JSObjectGetProperty(context, agent, $0, nil) }), JSValueIsObject(context, member) else { return }
    _ = JSObjectCallAsFunction(context, JSValueToObject(context, member, nil), agent, arguments.count, arguments, nil)
  }

  private func number(_ value: Int) -> JSValueRef? {
    return JSValueMakeNumber(context, Double(value))
  }
}

/// Evaluates the script beside the host, and gives the object that it leaves: a property of the global object, which keeps it.
private func agentOf(_ script: String, _ host: ScriptHost, _ context: JSGlobalContextRef) throws -> JSObjectRef {
  let global = JSContextGetGlobalObject(context)
  withScriptName("countersignHost") { JSObjectSetProperty(context, global, $0, hostObject(context, host), 0, nil) }
  let isDone = withScriptName(script) { JSEvaluateScript(context, $0, nil, nil, 1, nil) != nil }
  guard isDone, let left = withScriptName("countersign", { JSObjectGetProperty(context, global, $0, nil) }), JSValueIsObject(context, left) else {
    throw BrokenScript()
  }
  guard let agent = JSValueToObject(context, left, nil) else { throw BrokenScript() }
  return agent
}
