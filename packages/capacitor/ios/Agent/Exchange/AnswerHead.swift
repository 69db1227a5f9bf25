/// Status and headers of an answer, names in lower case.
struct AnswerHead {
  let status: Int
  let headers: [(name: String, value: String)]

  func values(_ name: String) -> [String] {
    return headers.filter { $0.name == name }.map { $0.value }
  }
}

private let maxHeadBytes = 64 * 1024

extension StreamReader {
  /// The next head of an answer of HTTP/1.1 (RFC 9112 §4 and §5); those of status 1xx but `last` are passed over. All heads together have 64 KiB.
  func answerHead(last: Int = 200) async throws -> AnswerHead {
    var budget = maxHeadBytes
    while true {
      guard let status = statusOf(try await line(within: &budget)) else { throw broken() }
      var headers: [(name: String, value: String)] = []
      while true {
        let line = try await line(within: &budget)
        if line.isEmpty { break }
        guard let header = headerOf(line) else { throw broken() }
        headers.append(header)
      }
      if status >= 200 || status == last { return AnswerHead(status: status, headers: headers) }
      // Nobody asked to switch.
      guard status != 101 else { throw broken() }
    }
  }

  /// Trailers are read and told to nobody.
  func passTrailers() async throws {
    var budget = maxHeadBytes
    while true {
      let line = try await line(within: &budget)
      if line.isEmpty { return }
      guard headerOf(line) != nil else { throw broken() }
    }
  }

  private func line(within budget: inout Int) async throws -> [UInt8] {
    let line = try await line(most: budget)
    budget -= line.count + 2
    return line
  }
}

/// Of `HTTP/1.1 200 OK`; the reason may be missing.
private func statusOf(_ line: [UInt8]) -> Int? {
  guard line.count >= 12, line.starts(with: "HTTP/1.".utf8), line[7] == 0x30 || line[7] == 0x31, line[8] == 0x20 else { return nil }
  let digits = line[9..<12].map { Int($0) - 0x30 }
  guard digits.allSatisfy({ $0 >= 0 && $0 <= 9 }), digits[0] >= 1, digits[0] <= 5 else { return nil }
  guard line.count == 12 || line[12] == 0x20, line[12...].allSatisfy({ isFieldByte($0) }) else { return nil }
  return digits[0] * 100 + digits[1] * 10 + digits[2]
}

/// A name, a colon at once behind it, a value without the blanks around it. A line that continues another (obs-fold) begins with a blank and has no name.
private func headerOf(_ line: [UInt8]) -> (name: String, value: String)? {
  guard let colon = line.firstIndex(of: 0x3A), colon > 0, line[..<colon].allSatisfy({ isTokenByte($0) }) else { return nil }
  var value = line[(colon + 1)...]
  guard value.allSatisfy({ isFieldByte($0) }) else { return nil }
  while let first = value.first, first == 0x20 || first == 0x09 { value = value.dropFirst() }
  while let last = value.last, last == 0x20 || last == 0x09 { value = value.dropLast() }
  return (name: latin1(line[..<colon]).lowercased(), value: latin1(value))
}
