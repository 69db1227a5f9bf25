package dev.countersign.agent.protocol

private const val MAX_BYTES = 8 * 1024

/** Why a statement is not signed. */
internal class NotThisAppsStatement(why: String) : IllegalArgumentException(why)

/** What the native part reads of a statement before it signs it. */
internal data class StatementHead(val use: String, val instanceKey: ByteArray)

/**
 * Reads what a statement is for, and refuses one that is not version 1, not of this [project] (16 bytes), not of this platform, or not one of
 * the two uses (protocol section 14): whoever holds the bridge gets no other text signed. Throws [NotThisAppsStatement].
 */
internal fun readStatement(statement: ByteArray, project: ByteArray): StatementHead {
    if (statement.size > MAX_BYTES) throw NotThisAppsStatement("a statement has at most 8 KiB")
    val members = parseStrictJson(statement) as? JsonValue.Members ?: throw NotThisAppsStatement("a statement is a JSON object")
    if (members.members["v"] != JsonValue.Number(1.0)) throw NotThisAppsStatement("only version 1 is signed")
    if (members.text("platform") != "android") throw NotThisAppsStatement("the statement is of another platform")
    val named = members.text("project")?.let(::decodeBase64Url)
    if (named == null || !named.contentEquals(project)) throw NotThisAppsStatement("the statement is of another project")
    val use = members.text("use")
    if (use != "enrol" && use != "session") throw NotThisAppsStatement("the statement has no known use")
    val instanceKey = members.text("instanceKey")?.let(::decodeBase64Url)
    if (instanceKey == null || instanceKey.size != 65) throw NotThisAppsStatement("the statement names no instance key")
    return StatementHead(use, instanceKey)
}

/** `M = tag("statement") ∥ statement` (protocol section 5). */
internal fun statementMessage(statement: ByteArray): ByteArray = tag("statement") + statement

/** `H = SHA-256(M)`. */
internal fun statementHash(statement: ByteArray): ByteArray = sha256(statementMessage(statement))

/** What the old instance key signs of a statement that enrols a new one: `tag("previous") ∥ H` (protocol section 7). */
internal fun previousMessage(statement: ByteArray): ByteArray = tag("previous") + statementHash(statement)

/** Android's attestation challenge: `SHA-256(tag("key") ∥ challenge)` of the 60 bytes of an open challenge (protocol section 5). */
internal fun attestationChallenge(challenge: ByteArray): ByteArray {
    require(challenge.size == 60) { "a challenge has 60 bytes" }
    return sha256(tag("key") + challenge)
}
