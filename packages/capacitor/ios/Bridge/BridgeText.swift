import Foundation

/// The members of a JSON object, strictly read; nil for any other text.
func membersOf(_ text: String) -> [String: Any]? {
  guard case .members(let members)? = parseStrictJson(Data(text.utf8)) else { return nil }
  return members.mapValues { plain($0) }
}

/// The JSON text of an answer.
func textOf(_ answer: [String: Any]) -> String {
  guard JSONSerialization.isValidJSONObject(answer), let bytes = try? JSONSerialization.data(withJSONObject: answer) else {
    return "{\"fault\":{\"code\":\"unavailable\",\"message\":\"the native half did not answer\"}}"
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// A value that may be none, as JSON has it.
func orNull(_ value: Any?) -> Any {
  return value ?? NSNull()
}

private func plain(_ value: JsonValue) -> Any {
  switch value {
  case .text(let text): return text
  case .number(let number): return number
  case .truth(let truth): return truth
  case .items(let items): return items.map { plain($0) }
  case .members(let members): return members.mapValues { plain($0) }
  case .null: return NSNull()
  }
}
