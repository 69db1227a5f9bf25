import Foundation

private let maxBytes = 8 * 1024

/// What the native part reads of a statement before it signs it.
struct StatementHead {
  let use: String
  let instanceKey: Data
}

/// Reads what a statement is for, and refuses one that is not version 1, not of this project (16 bytes), not of this platform, or not one of the two uses
/// (protocol section 14): whoever holds the bridge gets no other text signed.
func readStatement(_ statement: Data, project: Data) throws -> StatementHead {
  guard statement.count <= maxBytes, case .members(let members)? = parseStrictJson(statement) else {
    throw KeyFault.unsupported("a statement is a JSON object of at most 8 KiB")
  }
  guard members["v"] == .number(1) else { throw KeyFault.unsupported("only version 1 is signed") }
  guard members["platform"] == .text("ios") else { throw KeyFault.unsupported("the statement is of another platform") }
  guard case .text(let named)? = members["project"], decodeBase64Url(named) == project else {
    throw KeyFault.unsupported("the statement is of another project")
  }
  guard case .text(let use)? = members["use"], use == "enrol" || use == "session" else {
    throw KeyFault.unsupported("the statement has no known use")
  }
  guard case .text(let key)? = members["instanceKey"], let instanceKey = decodeBase64Url(key), instanceKey.count == 65 else {
    throw KeyFault.unsupported("the statement names no instance key")
  }
  return StatementHead(use: use, instanceKey: instanceKey)
}

/// `M = tag("statement") ∥ statement` (protocol section 5).
func statementMessage(_ statement: Data) -> Data {
  return tag("statement") + statement
}

/// `H = SHA-256(M)`: App Attest's clientDataHash of an assertion.
func statementHash(_ statement: Data) -> Data {
  return sha256(statementMessage(statement))
}

/// What the old instance key signs of a statement that enrols a new one: `tag("previous") ∥ H` (protocol section 7).
func previousMessage(_ statement: Data) -> Data {
  return tag("previous") + statementHash(statement)
}

/// App Attest's clientDataHash of an attestation: `SHA-256(tag("key") ∥ challenge ∥ instanceKey)` (protocol section 5).
func attestationHash(challenge: Data, instanceKey: Data) throws -> Data {
  guard challenge.count == 60, instanceKey.count == 65 else { throw KeyFault.unsupported("a challenge has 60 bytes") }
  return sha256(tag("key") + challenge + instanceKey)
}
