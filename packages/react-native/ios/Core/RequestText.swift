import Foundation

/// A request as the core is asked to send it.
func askOf(_ request: URLRequest) throws -> [String: Any] {
  guard let url = request.url?.absoluteString, request.httpBodyStream == nil else {
    throw CountersignError(code: "misuse", message: "A request has a URL, and its body as httpBody.")
  }
  let headers = (request.allHTTPHeaderFields ?? [:]).sorted { $0.key < $1.key }.map { [$0.key, $0.value] }
  var of: [String: Any] = ["url": url, "method": request.httpMethod ?? "GET", "headers": headers]
  if let body = request.httpBody { of["body"] = encodeBase64Url(body) }
  return of
}

/// The answer of the core. Headers of one name are joined by a comma, as URLSession does it.
func responseOf(_ answer: Any, _ request: URLRequest) throws -> (Data, HTTPURLResponse) {
  guard
    let members = answer as? [String: Any],
    let status = members["status"] as? Int,
    let headers = members["headers"] as? [[String]],
    let body = (members["body"] as? String).flatMap({ decodeBase64Url($0) }),
    let url = (members["url"] as? String).flatMap({ URL(string: $0) }) ?? request.url
  else {
    throw CountersignError([:])
  }
  let fields = headers.reduce(into: [String: String]()) { fields, pair in
    guard pair.count == 2 else { return }
    fields[pair[0]] = fields[pair[0]].map { "\($0), \(pair[1])" } ?? pair[1]
  }
  guard let response = HTTPURLResponse(url: url, statusCode: status, httpVersion: "HTTP/1.1", headerFields: fields) else { throw CountersignError([:]) }
  return (body, response)
}
