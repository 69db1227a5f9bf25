import Foundation

/// A value of a flat JSON object; `object` stands as it is.
enum JsonText {
  case text(String)
  case number(Int64)
  case object(String)
}

/// A JSON object in the order of its members, without spaces; a member without value is left out.
func toJson(_ members: [(String, JsonText?)]) -> String {
  let written = members.compactMap { name, value in value.map { "\(quoted(name)):\(valueText($0))" } }
  return "{\(written.joined(separator: ","))}"
}

private func valueText(_ value: JsonText) -> String {
  switch value {
  case .text(let text): return quoted(text)
  case .number(let number): return String(number)
  case .object(let json): return json
  }
}

private func quoted(_ text: String) -> String {
  var written = "\""
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0x22: written += "\\\""
    case 0x5C: written += "\\\\"
    case 0x08: written += "\\b"
    case 0x0C: written += "\\f"
    case 0x0A: written += "\\n"
    case 0x0D: written += "\\r"
    case 0x09: written += "\\t"
    case 0..<0x20: written += "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
    default: written.unicodeScalars.append(scalar)
    }
  }
  return written + "\""
}
