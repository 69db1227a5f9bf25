package dev.countersign.agent.protocol

/** What an HTTP message signature covers (protocol section 11); [created] in seconds. */
data class HttpSignatureRequest(
    val method: String,
    /** The whole URL, query included. */
    val targetUri: String,
    /** The value of `Content-Digest`; null where there is no body. */
    val contentDigest: String?,
    /** Name and value of the header that carries the token; null where none does. */
    val header: Pair<String, String>?,
    val created: Long,
    /** b64u of 16 random bytes. */
    val nonce: String,
) {
    /** Without the token. */
    override fun toString(): String = "HttpSignatureRequest(method=$method)"
}

/** The values of the two headers. */
data class HttpSignature(val signatureInput: String, val signature: String)

internal class NoFieldValue(why: String) : IllegalArgumentException(why)

internal class SignatureBase(val base: ByteArray, val signatureInput: String)

private const val LIFETIME_SECONDS = 60
private val fieldValue = Regex("[!-~](?:[\\t -~]*[!-~])?")
private val fieldName = Regex("[!#$%&'*+.^_`|~0-9a-z-]+")
private val word = Regex("[A-Za-z0-9_-]{1,128}")

/** The signature base (RFC 9421 §2.5) in the one order version 1 has. Throws [NoFieldValue] where a part could end a line or a quoted name. */
internal fun signatureBase(request: HttpSignatureRequest, point: ByteArray): SignatureBase {
    if (!word.matches(request.nonce)) throw NoFieldValue("the nonce has foreign characters")
    if (request.created !in 1..999_999_999_999) throw NoFieldValue("created is no time in seconds")
    val header = request.header?.let { (name, value) -> name.lowercase() to value }
    if (header != null && !fieldName.matches(header.first)) throw NoFieldValue("the header's name is none")
    val components = listOfNotNull(
        "@method" to request.method,
        "@target-uri" to request.targetUri,
        request.contentDigest?.let { "content-digest" to it },
        header,
    )
    if (components.any { (_, value) -> !fieldValue.matches(value) }) throw NoFieldValue("a component is not a field value")
    val covered = components.joinToString(" ", "(", ")") { (name, _) -> "\"$name\"" }
    val expires = request.created + LIFETIME_SECONDS
    val parameters =
        ";created=${request.created};expires=$expires;nonce=\"${request.nonce}\";keyid=\"${thumbprintOf(point)}\";tag=\"countersign\""
    val lines = components.map { (name, value) -> "\"$name\": $value" } + "\"@signature-params\": $covered$parameters"
    return SignatureBase(lines.joinToString("\n").toByteArray(Charsets.UTF_8), "countersign=$covered$parameters")
}

internal fun formatSignature(signature: ByteArray): String = "countersign=:${encodeBase64(signature)}:"
