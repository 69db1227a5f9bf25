import Foundation

/// A body is held in memory, so that it can be sent again where the server asks for a credential first.
private let mostBodyBytes = 64 << 20

/// The whole body of a request; nil where it has none. URLSession hands a URLProtocol every body as a stream. Throws `URLError` where it cannot be read or is more
/// than 64 MiB.
func bodyOf(_ request: URLRequest) throws -> Data? {
  if let body = request.httpBody { return body }
  guard let stream = request.httpBodyStream else { return nil }
  stream.open()
  defer { stream.close() }
  var body = Data()
  var piece = [UInt8](repeating: 0, count: 64 << 10)
  while true {
    let count = stream.read(&piece, maxLength: piece.count)
    guard count >= 0 else { throw URLError(.requestBodyStreamExhausted) }
    if count == 0 { return body }
    guard body.count + count <= mostBodyBytes else { throw URLError(.dataLengthExceedsMaximum) }
    body.append(contentsOf: piece[0..<count])
  }
}
